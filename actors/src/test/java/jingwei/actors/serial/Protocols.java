package jingwei.actors.serial;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;

/**
 * The messages of all actors of a module. A type is a message if an actor takes it, or if somebody
 * has a reference to an actor that takes it; a protocol stands for all that it permits.
 */
final class Protocols {
  private final Set<Class<?>> messages = new LinkedHashSet<>();

  private Protocols() {}

  /** All messages, by name. */
  static List<Class<?>> messages(Class<?> oneOfModule) throws IOException {
    Protocols protocols = new Protocols();
    for (Class<?> type : classes(oneOfModule)) {
      protocols.visit(type.getGenericSuperclass());
      for (Field field : type.getDeclaredFields()) {
        protocols.visit(field.getGenericType());
      }
      for (Method method : type.getDeclaredMethods()) {
        protocols.visit(method.getGenericReturnType());
        for (Type parameter : method.getGenericParameterTypes()) {
          protocols.visit(parameter);
        }
      }
    }
    return protocols.messages.stream().sorted(Comparator.comparing(Class::getName)).toList();
  }

  private static List<Class<?>> classes(Class<?> oneOfModule) throws IOException {
    Path root;
    try {
      root = Path.of(oneOfModule.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    List<Class<?>> classes = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        String name = root.relativize(file).toString().replace(".class", "").replace('/', '.');
        try {
          classes.add(Class.forName(name, false, oneOfModule.getClassLoader()));
        } catch (ClassNotFoundException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return classes;
  }

  private void visit(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      Class<?> raw = (Class<?>) parameterized.getRawType();
      boolean takesMessages =
          ActorRef.class.isAssignableFrom(raw) || Behavior.class.isAssignableFrom(raw);
      for (Type argument : parameterized.getActualTypeArguments()) {
        if (takesMessages) {
          add(raw(argument));
        }
        visit(argument);
      }
    }
  }

  private static Class<?> raw(Type type) {
    return switch (type) {
      case Class<?> plain -> plain;
      case ParameterizedType parameterized -> (Class<?>) parameterized.getRawType();
      default -> null; // a variable, or any type
    };
  }

  private void add(Class<?> message) {
    if (message == null) {
      return;
    }
    if (message.isSealed()) {
      for (Class<?> permitted : message.getPermittedSubclasses()) {
        add(permitted);
      }
    } else {
      messages.add(message);
    }
  }
}

package jingwei.streams.train;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * All that is reached from some objects through the fields of our classes, captured variables of
 * lambdas, arrays and collections. Classes of libraries and of the JDK are not looked into.
 */
final class ReachedObjects {
  private static final List<String> LIBRARIES =
      List.of("org.apache.pekko.", "io.aeron.", "org.agrona.", "scala.");

  /** Each object with the fields that lead to it. */
  private final Map<Object, String> paths = new IdentityHashMap<>();

  private final Deque<Object> open = new ArrayDeque<>();

  private record Part(String name, Object value) {}

  private ReachedObjects() {}

  static ReachedObjects from(List<Object> roots) {
    ReachedObjects reached = new ReachedObjects();
    roots.forEach(root -> reached.reach(root, root.getClass().getSimpleName()));
    while (!reached.open.isEmpty()) {
      Object next = reached.open.remove();
      String path = reached.paths.get(next);
      inside(next).forEach(part -> reached.reach(part.value, path + "." + part.name));
    }
    return reached;
  }

  private void reach(Object value, String path) {
    if (value != null && !isSimple(value) && paths.putIfAbsent(value, path) == null) {
      open.add(value);
    }
  }

  /** Whether an object of this class is among them. */
  boolean has(Class<?> type) {
    return paths.keySet().stream().anyMatch(type::isInstance);
  }

  int size() {
    return paths.size();
  }

  /** What may change and is reached from both. */
  List<String> sharedWith(ReachedObjects other) {
    List<String> shared = new ArrayList<>();
    paths.forEach(
        (object, path) -> {
          if (other.paths.containsKey(object) && !isValue(object, new IdentityHashMap<>())) {
            shared.add(
                "%s: %s and %s"
                    .formatted(object.getClass().getName(), path, other.paths.get(object)));
          }
        });
    return shared.stream().sorted().toList();
  }

  /** Values without parts, and objects of libraries. */
  private static boolean isSimple(Object value) {
    String name = value.getClass().getName();
    return value instanceof String
        || value instanceof Number && name.startsWith("java.lang.")
        || value instanceof Boolean
        || value instanceof Character
        || value instanceof Enum<?>
        || value instanceof Class<?>
        || value instanceof Duration
        || value instanceof Path
        || value instanceof OptionalInt
        || value instanceof ActorRef<?>
        || LIBRARIES.stream().anyMatch(name::startsWith);
  }

  /** Whether neither the object nor anything inside can change. */
  private static boolean isValue(Object object, Map<Object, Boolean> above) {
    if (object == null || isSimple(object) || above.put(object, true) != null) {
      return true;
    }
    String name = object.getClass().getName();
    boolean isFixed =
        isOurs(object.getClass())
            ? fields(object.getClass()).allMatch(f -> Modifier.isFinal(f.getModifiers()))
            : name.startsWith("java.util.ImmutableCollections$")
                || name.startsWith("java.util.Collections$Unmodifiable")
                || name.startsWith("java.util.Collections$Empty")
                || object instanceof Optional<?>;
    return isFixed && inside(object).stream().allMatch(part -> isValue(part.value, above));
  }

  private static boolean isOurs(Class<?> type) {
    return type != null && type.getName().startsWith("jingwei.");
  }

  private static Stream<Field> fields(Class<?> type) {
    return isOurs(type)
        ? Stream.concat(
            Stream.of(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers())),
            fields(type.getSuperclass()))
        : Stream.empty();
  }

  /** The parts of an object; objects of unknown classes have none. */
  private static List<Part> inside(Object holder) {
    List<Part> parts = new ArrayList<>();
    switch (holder) {
      case Object[] array -> {
        for (Object item : array) {
          parts.add(new Part("[" + parts.size() + "]", item));
        }
      }
      case Collection<?> items -> {
        for (Object item : items.toArray()) {
          parts.add(new Part("[" + parts.size() + "]", item));
        }
      }
      case Map<?, ?> map ->
          map.forEach(
              (key, value) -> {
                parts.add(new Part("key", key));
                parts.add(new Part("[" + key + "]", value));
              });
      case Optional<?> optional -> optional.ifPresent(value -> parts.add(new Part("value", value)));
      case AtomicReference<?> reference -> parts.add(new Part("value", reference.get()));
      default ->
          fields(holder.getClass())
              .forEach(field -> parts.add(new Part(field.getName(), value(field, holder))));
    }
    return parts;
  }

  static Object value(Field field, Object holder) {
    try {
      if (field.getType().isPrimitive()) {
        return null;
      }
      field.setAccessible(true);
      return field.get(holder);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}

package jingwei.model;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Finds constructors, records and static factories with more than seven parameters. */
public final class ParameterLimit {
  private static final int MOST = 7;

  private ParameterLimit() {}

  /** Names those in all classes of the module of this class. */
  public static List<String> exceeding(Class<?> oneOfModule) throws IOException {
    URI place;
    try {
      place = oneOfModule.getProtectionDomain().getCodeSource().getLocation().toURI();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    if (Files.isDirectory(Path.of(place))) {
      return exceedingBelow(Path.of(place), oneOfModule.getClassLoader());
    }
    try (FileSystem jar = FileSystems.newFileSystem(Path.of(place), Map.of())) {
      return exceedingBelow(jar.getPath("/"), oneOfModule.getClassLoader());
    }
  }

  private static List<String> exceedingBelow(Path root, ClassLoader loader) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root.resolve("jingwei"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".class")).sorted().toList()) {
        String name = root.relativize(file).toString().replace(".class", "");
        if (!name.endsWith("package-info")) {
          found.addAll(exceeding(name.replace('/', '.'), loader));
        }
      }
    }
    return found;
  }

  private static List<String> exceeding(String name, ClassLoader loader) {
    Class<?> type;
    try {
      type = Class.forName(name, false, loader);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
    List<String> found = new ArrayList<>();
    // Captured variables of local classes also become parameters of constructors.
    if (!type.isAnonymousClass() && !type.isLocalClass() && !type.isEnum()) {
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        if (!constructor.isSynthetic() && constructor.getParameterCount() > MOST) {
          found.add("%s(%d)".formatted(type.getSimpleName(), constructor.getParameterCount()));
        }
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      boolean isFactory =
          Modifier.isStatic(method.getModifiers())
              && method.getReturnType().getName().startsWith("jingwei.");
      if (isFactory && !method.isSynthetic() && method.getParameterCount() > MOST) {
        found.add(
            "%s.%s(%d)"
                .formatted(type.getSimpleName(), method.getName(), method.getParameterCount()));
      }
    }
    return found;
  }
}

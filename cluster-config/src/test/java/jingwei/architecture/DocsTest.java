package jingwei.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every class and method named in these pages exists. */
class DocsTest {
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Pattern MEMBER = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)[^`]*`");
  private static final Pattern CLASS_IN_PACKAGE =
      Pattern.compile("`(?:[a-z]\\w*\\.)*([A-Z]\\w+)(?:\\.\\w+)?`");
  private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w+)`");
  private static final Pattern PATH = Pattern.compile("`((?:\\w+/)+[A-Z]\\w+)`");

  @ParameterizedTest
  @CsvSource({"one-step.md, 30", "backend.md, 20"})
  void everyClassAndMethodExists(String name, int least) throws IOException {
    Map<String, String> sources = sources();
    String page = Files.readString(ROOT.resolve("docs").resolve(name));
    List<String> missing = new ArrayList<>();
    Matcher members = MEMBER.matcher(page);
    int found = 0;
    while (members.find()) {
      String source = sources.get(members.group(1));
      boolean named =
          source != null
              && Pattern.compile("\\b" + members.group(2) + "\\s*\\(").matcher(source).find();
      if (!named) {
        missing.add(members.group());
      }
      found++;
    }
    Matcher classes = CLASS.matcher(page);
    while (classes.find()) {
      String type = classes.group(1);
      boolean isNested =
          sources.values().stream()
              .anyMatch(
                  s -> s.contains("record " + type + "(") || s.contains("enum " + type + " "));
      if (!sources.containsKey(type) && !isNested) {
        missing.add(classes.group());
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(found > least, "names found: " + found);
  }

  /** The tour names classes with their package: {@code decoder.Decoder}. */
  @Test
  void everyClassOfTheTourExists() throws IOException {
    Map<String, String> sources = sources();
    String page = Files.readString(ROOT.resolve("docs/tour.md"));
    List<String> missing = new ArrayList<>();
    Matcher classes = CLASS_IN_PACKAGE.matcher(page);
    int found = 0;
    while (classes.find()) {
      Pattern nested = Pattern.compile("(record|enum|interface|class) " + classes.group(1) + "\\b");
      if (!sources.containsKey(classes.group(1))
          && sources.values().stream().noneMatch(source -> nested.matcher(source).find())) {
        missing.add(classes.group());
      }
      found++;
    }
    assertEquals(List.of(), missing);
    assertTrue(found > 40, "names found: " + found);
  }

  /** The tour names files, too: {@code model/decoder/Decoder}. */
  @Test
  void everyFileOfTheTourExists() throws IOException {
    List<String> missing = new ArrayList<>();
    Matcher paths = PATH.matcher(Files.readString(ROOT.resolve("docs/tour.md")));
    int found = 0;
    while (paths.find()) {
      String path = paths.group(1);
      String module = path.substring(0, path.indexOf('/'));
      Path file =
          ROOT.resolve(module.equals("cluster") ? "cluster-config" : module)
              .resolve("src/main/java/jingwei")
              .resolve(path + ".java");
      if (!Files.exists(file)) {
        missing.add(path);
      }
      found++;
    }
    assertEquals(List.of(), missing);
    assertTrue(found > 30, "files named: " + found);
  }

  private static Map<String, String> sources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java") && file.toString().contains("src"))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  DocsTest::read,
                  (a, b) -> a + b));
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

package jingwei.model.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Properties;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The Chinese resource bundles of the running JDK's modules, each with its English base bundle. */
final class JdkBundles {
  private static final String CHINESE = "_zh_CN";
  private static final List<String> ENDINGS = List.of(".class", ".properties");

  private JdkBundles() {}

  /**
   * A bundle in two languages.
   *
   * @param name module and name without language
   * @param chinese messages by key in the order of the bundle
   * @param english messages by key; empty if there is no base bundle
   */
  record Bundle(
      String name, SequencedMap<String, String> chinese, SequencedMap<String, String> english) {}

  /** All bundles, sorted by name. */
  static List<Bundle> read() throws IOException {
    Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");
    TreeSet<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.walk(modules)) {
      files
          .map(file -> modules.relativize(file).toString())
          .filter(name -> ENDINGS.stream().anyMatch(ending -> name.endsWith(CHINESE + ending)))
          .forEach(name -> names.add(name.substring(0, name.lastIndexOf(CHINESE))));
    }
    List<Bundle> bundles = new ArrayList<>();
    for (String name : names) {
      SequencedMap<String, String> english = messages(modules, name);
      messages(modules, name + "_en").forEach(english::putIfAbsent);
      bundles.add(new Bundle(name, messages(modules, name + CHINESE), english));
    }
    return bundles;
  }

  private static SequencedMap<String, String> messages(Path modules, String name)
      throws IOException {
    SequencedMap<String, String> messages = new LinkedHashMap<>();
    for (String ending : ENDINGS) {
      Path file = modules.resolve(name + ending);
      if (Files.exists(file)) {
        byte[] bytes = Files.readAllBytes(file);
        var read = ending.equals(".class") ? BundleClass.read(bytes) : properties(bytes);
        read.forEach(messages::putIfAbsent);
      }
    }
    return messages;
  }

  private static SequencedMap<String, String> properties(byte[] bytes) throws IOException {
    SequencedMap<String, String> ordered = new LinkedHashMap<>();
    var properties =
        new Properties() {
          @Override
          public synchronized Object put(Object key, Object value) {
            return ordered.put((String) key, (String) value);
          }
        };
    try (Reader reader =
        new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    return ordered;
  }
}

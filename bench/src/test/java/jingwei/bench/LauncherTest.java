package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher on unusual machines: it works, or says in one sentence why not. */
class LauncherTest {
  private static final String TEXT = "精卫 é";
  private static final String[] ENCODE = {"tokenize", "encode", "--tokenizer", "tok.json", TEXT};

  @TempDir private static Path folder;

  @BeforeAll
  static void setUp() {
    try (Tokenizer tokenizer =
        BpeTrainer.train(
            new TreeMap<>(Map.of("en", List.of("a few words"))), BpeSettings.ofVocabulary(280))) {
      tokenizer.save(folder.resolve("tok.json"));
    }
  }

  @Test
  void findsAJdkThatTheEnvironmentDoesNotName() throws Exception {
    Launched launched = Launched.run(folder, List.of("JAVA_HOME=/no/such/folder"), "config");
    assertEquals(0, launched.exitCode(), launched.err());
  }

  /** ssh sends the locale of the other end, which need not be installed here. */
  @Test
  void readsUtf8InEveryLocale() throws Exception {
    Path chinese = Files.createDirectory(folder.resolve("数据"));
    Files.copy(folder.resolve("tok.json"), chinese.resolve("词.json"));
    List<String> without = List.of("-u", "LC_ALL", "-u", "LC_CTYPE", "-u", "LANG");
    String expected = Launched.run(folder, List.of("LC_ALL=C.UTF-8"), ENCODE).out();
    assertTrue(expected.split(" ").length > 5, expected);
    for (String locale : List.of("LC_ALL=zh_CN.UTF-8", "LC_CTYPE=UTF-8", "LANG=de_DE", "LANG=C")) {
      List<String> environment = Stream.concat(without.stream(), Stream.of(locale)).toList();
      assertEquals(expected, Launched.run(folder, environment, ENCODE).out(), locale);
      Launched path =
          Launched.run(chinese, environment, "tokenize", "encode", "--tokenizer", "词.json", TEXT);
      assertEquals(expected, path.out(), locale + path.err());
    }
  }

  @Test
  void refusesAnArgumentThatIsNotUtf8() throws Exception {
    Launched launched =
        Launched.shell(folder, "$J tokenize encode --tokenizer tok.json $'caf\\xe9'");
    assertEquals(2, launched.exitCode(), launched.out());
    assertTrue(launched.err().startsWith("Argument 5,"), launched.err());
  }

  /** The number of a closed descriptor would be given to a file of the JVM. */
  @Test
  void keepsClosedStreamsClosed() throws Exception {
    String encode = "$J tokenize encode --tokenizer tok.json ";
    Launched input = Launched.shell(folder, encode + "<&-");
    assertEquals(2, input.exitCode(), input.out());
    assertTrue(input.err().startsWith("Standard input cannot be read"), input.err());
    for (String closed : List.of(">&-", "> /dev/full")) {
      Launched output = Launched.shell(folder, encode + "x " + closed);
      assertEquals(3, output.exitCode(), closed);
      assertTrue(output.err().startsWith("Standard output could not be written"), output.err());
    }
    assertEquals(0, Launched.shell(folder, encode + "x 2>&-").exitCode());
    Launched head = Launched.shell(folder, "set -o pipefail; $J config | head -n 1 | cat");
    assertEquals("", head.err());
  }

  @Test
  void goesOnWhereTheCloneIsMovedOrCopied() throws Exception {
    Path moved = Files.createDirectories(folder.resolve("a clone/moved"));
    Launched copied =
        Launched.shell(
            folder,
            "cd $(dirname $J) && cp -a jingwei pom.xml model actors streams cluster-config '%s'"
                .formatted(moved));
    assertEquals(0, copied.exitCode(), copied.err());
    Path classes = moved.resolve("cluster-config/target/classes");
    Launched here = Launched.run(moved.resolve("jingwei"), folder, List.of(), "config");
    assertEquals(0, here.exitCode(), here.err());
    assertEquals("", here.err(), "nothing to build");
    Launched where =
        Launched.run(
            moved.resolve("jingwei"),
            folder,
            List.of("JINGWEI_JAVA_OPTS=-Xlog:class+load"),
            "--version");
    assertTrue(where.out().contains("source: file:" + classes.toUri().getRawPath()), where.out());
    assertFalse(where.out().contains("file:" + Launched.HOME + "/"), where.out());
  }

  @Test
  void refusesAFolderThatNoClassPathCanHold() throws Exception {
    Path clone = Files.createDirectory(folder.resolve("a:b"));
    Files.copy(Launched.HOME.resolve("jingwei"), clone.resolve("jingwei"));
    Launched launched = Launched.run(clone.resolve("jingwei"), folder, List.of(), "config");
    assertEquals(2, launched.exitCode(), launched.out());
    assertTrue(launched.err().contains("colon"), launched.err());
  }

  @Test
  void buildsWhenASourceIsNewerAndOnlyThen() throws Exception {
    Path copy = Files.createDirectories(folder.resolve("a newer source"));
    Launched copied =
        Launched.shell(
            folder,
            "cd $(dirname $J) && cp -a jingwei pom.xml model actors streams cluster-config bench '%s'"
                .formatted(copy));
    assertEquals(0, copied.exitCode(), copied.err());
    Path launcher = copy.resolve("jingwei");
    Path source = copy.resolve("cluster-config/src/main/java/jingwei/cluster/cli/Main.java");
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 1));
    Launched first = Launched.run(launcher, folder, List.of(), "config");
    assertTrue(first.err().contains("Building"), first.err());
    Launched second = Launched.run(launcher, folder, List.of(), "config");
    assertEquals("", second.err(), "nothing to build");
  }

  @Test
  @Tag("long")
  void buildsOnceInAFreshClone() throws Exception {
    Path copy = Files.createDirectory(folder.resolve("copy"));
    copySources(copy);
    Path launcher = copy.resolve("jingwei");
    // A temporary folder that is missing does not matter; two at once build once.
    Launched both =
        Launched.shell(
            folder,
            "export TMPDIR=/no/such/folder; copy/jingwei config > one & copy/jingwei config > two; wait $! && cmp one two");
    assertEquals(0, both.exitCode(), both.err());
    assertEquals(1, both.err().split("Building", -1).length - 1, both.err());
    Path classpath = copy.resolve("cluster-config/target/classpath");
    Files.writeString(classpath, Files.readString(classpath) + ":/no/such/library.jar");
    Launched second = Launched.run(launcher, folder, List.of(), "config");
    assertTrue(second.err().contains("Building"), "a library is gone");
    assertEquals(0, second.exitCode(), second.err());
  }

  private static void copySources(Path target) throws IOException {
    try (Stream<Path> files = Files.walk(Launched.HOME)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path relative = Launched.HOME.relativize(file);
        if (isSource(relative.toString())) {
          Files.createDirectories(target.resolve(relative).getParent());
          Files.copy(file, target.resolve(relative), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  private static boolean isSource(String name) {
    return name.equals("jingwei") || name.endsWith("pom.xml") || name.contains("src/main/");
  }
}

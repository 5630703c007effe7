package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening a pipe waits forever. */
@Timeout(60)
class SourceFilesTest {
  @TempDir private Path folder;
  private final List<String> notices = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(strings = {".jsonl", ".JSONL", ".Jsonl.GZ", ".JSONL.ZST", ".jsonl.gz"})
  void readsEndingsInUpperCase(String ending) throws IOException {
    rows("a" + ending);
    Files.copy(parquet(), folder.resolve("B.PARQUET"));
    assertEquals(
        Set.of("a" + ending, "the first row", "\u7B2C\u4E8C\u884C", "the fifth row, in Java"),
        texts(folder.toString()));
    assertEquals(Set.of("a" + ending), texts(folder.resolve("a" + ending).toString()));
    assertEquals(Set.of("a" + ending), texts(folder + "/a*"));
  }

  @Test
  void countsPassedOverEntriesAndSaysWhy() throws Exception {
    rows("good.jsonl");
    rows("sub/deep/good too.jsonl");
    Files.writeString(folder.resolve("readme.md"), "no data");
    Files.writeString(folder.resolve("sub/picture.png"), "no data");
    rows("._good.jsonl");
    rows(".ipynb_checkpoints/good.jsonl");
    Files.createFile(folder.resolve("empty.jsonl"));
    Files.createFile(folder.resolve("empty.jsonl.gz"));
    Files.writeString(folder.resolve("blank.jsonl"), "\n \r\n");
    pipe("pipe.jsonl");
    Files.createSymbolicLink(folder.resolve("broken.jsonl"), folder.resolve("nothing"));
    Files.createSymbolicLink(folder.resolve("itself.jsonl"), folder.resolve("itself.jsonl"));
    Files.createSymbolicLink(folder.resolve("sub/loop"), folder);
    assertEquals(Set.of("good.jsonl", "sub/deep/good too.jsonl"), texts(folder.toString()));
    assertEquals(
        List.of(
            "Passed over in %s: 2 with another ending than %s, 2 hidden (name begins with a dot), 3 empty, 1 special (pipe, socket or device), 2 dangling (link to nothing), 1 circular (link to a folder above)."
                .formatted(folder, SourceFormat.ENDINGS)),
        notices);
    assertEquals(Set.of("good.jsonl"), texts(folder + "/*.jsonl"));
    assertEquals(
        List.of(
            "Passed over in %s/*.jsonl: 1 hidden (name begins with a dot), 2 empty, 1 special (pipe, socket or device), 2 dangling (link to nothing)."
                .formatted(folder)),
        notices);
    assertEquals(Set.of("good.jsonl", "sub/deep/good too.jsonl"), texts(folder + "/**/*.jsonl"));
    assertEquals(Set.of("._good.jsonl"), texts(folder + "/._*.jsonl"));
    assertEquals(
        Set.of(".ipynb_checkpoints/good.jsonl"), texts(folder + "/.ipynb_checkpoints/*.jsonl"));
    assertEquals(
        Set.of(".ipynb_checkpoints/good.jsonl"), texts(folder.resolve(".ipynb_checkpoints") + ""));
  }

  @Test
  void readsReadableFilesAndCountsTheRest() throws IOException {
    rows("good.jsonl");
    rows("closed.jsonl");
    rows("closed/good.jsonl");
    assertTrue(folder.resolve("closed.jsonl").toFile().setReadable(false, false));
    assertTrue(folder.resolve("closed").toFile().setReadable(false, false));
    assumeFalse(Files.isReadable(folder.resolve("closed.jsonl")), "the superuser reads everything");
    try {
      assertEquals(Set.of("good.jsonl"), texts(folder.toString()));
      assertEquals(
          List.of("Passed over in %s: 2 unreadable (no permission).".formatted(folder)), notices);
      assertTrue(mistake(folder + "/closed.jsonl").contains("closed.jsonl may not be read"));
      assertTrue(mistake(folder + "/closed").contains("closed cannot be read"));
    } finally {
      assertTrue(folder.resolve("closed").toFile().setReadable(true));
    }
  }

  @Test
  void refusesFilesThatCanBeReadOnlyOnce() throws Exception {
    for (Path path :
        List.of(pipe("pipe"), pipe("pipe.jsonl"), Path.of("/dev/null"), Path.of("/dev/zero"))) {
      String message = mistake(path.toString());
      assertTrue(message.contains("%s is a pipe, a socket or a device".formatted(path)), message);
      assertTrue(message.endsWith("by standard input: --data en=- < %s.".formatted(path)), message);
    }
    Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), folder.resolve("pipe"));
    assertTrue(mistake(link.toString()).contains("pipe"));
    assertTrue(
        mistake(folder + "/p*.jsonl")
            .contains("(passed over: 1 special (pipe, socket or device))"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "with blanks ",
        "[2024]",
        "{a,b}",
        "[",
        "}{",
        "\u6570\u636E",
        "a*b",
        "what?",
        "back\\slash"
      })
  void readsFoldersAndFilesWithAnyName(String name) throws IOException {
    rows(name + "/x.jsonl");
    rows(name + "/" + name + ".jsonl");
    rows("other/" + name + ".jsonl");
    Set<String> both = Set.of(name + "/x.jsonl", name + "/" + name + ".jsonl");
    assertEquals(both, texts(folder.resolve(name).toString()));
    assertEquals(Set.of(name + "/x.jsonl"), texts(folder.resolve(name).resolve("x.jsonl") + ""));
    assertEquals(Set.of(name + "/x.jsonl"), texts(folder.resolve(name) + "/x*.jsonl"));
    assertEquals(Set.of(name + "/x.jsonl"), texts(folder.resolve(name) + "/{x,y}.jsonl"));
    assertEquals(both, texts(folder.resolve(name) + "/*"));
    assertTrue(texts(folder + "/*/" + name + ".jsonl").contains("other/" + name + ".jsonl"));
  }

  @Test
  void matchesAsShellsDo() throws IOException {
    for (String name :
        List.of("a.jsonl", "b.jsonl", "x/a.jsonl", "x/y/a.jsonl", "en/c.jsonl", "zh/c.jsonl")) {
      rows(name);
    }
    assertEquals(Set.of("a.jsonl", "b.jsonl"), texts(folder + "/*.jsonl"));
    assertEquals(Set.of("a.jsonl", "b.jsonl"), texts(folder + "/[ab].jsonl"));
    assertEquals(Set.of("x/a.jsonl"), texts(folder + "/*/a.jsonl"));
    assertEquals(Set.of("a.jsonl", "x/a.jsonl", "x/y/a.jsonl"), texts(folder + "/**/a.jsonl"));
    assertEquals(Set.of("en/c.jsonl", "zh/c.jsonl"), texts(folder + "/{en,zh}/*.jsonl"));
    assertEquals(Set.of("x/y/a.jsonl", "en/c.jsonl"), texts(folder + "/{x/y,en}/*.jsonl"));
    assertEquals(Set.of("x/a.jsonl"), texts(folder + "/x/../x//*.jsonl"));
  }

  @Test
  void saysWhyAPathMatchesNothing() throws IOException {
    rows("a.jsonl");
    Files.createSymbolicLink(folder.resolve("broken.jsonl"), folder.resolve("nothing"));
    assertTrue(mistake(folder + "/missing.jsonl").contains("missing.jsonl does not exist"));
    assertTrue(mistake(folder + "/missing/*.jsonl").contains("stands for no file"));
    assertTrue(mistake(folder + "/broken.jsonl").contains("is a link to nothing"));
    assertTrue(mistake(folder + "/a.jsonl/b.jsonl").contains("a.jsonl/b.jsonl"));
    assertTrue(mistake("\u0000").contains("is no path on this system"));
    Files.writeString(folder.resolve("a.pdf"), "");
    assertTrue(mistake(folder + "/a.pdf").contains("a.pdf does not end in .txt, .jsonl"));
  }

  @Test
  void dropsTheRepeatsOfAFileThatIsNamedTwice() throws IOException {
    rows("a.jsonl");
    Corpus corpus =
        DataSources.of(
                List.of("en=" + folder, "en=" + folder + "/*.jsonl", "en=" + folder + "/a.jsonl"),
                SourceSettings.DEFAULT)
            .read(InputStream.nullInputStream(), row -> {});
    assertEquals(1, corpus.domains().get("en").train().size());
    assertEquals(2, corpus.dropped().get(DropReason.DUPLICATE));
  }

  private String mistake(String path) {
    String message = assertThrows(UserException.class, () -> texts(path)).getMessage();
    assertEquals(1, message.lines().count(), message);
    assertTrue(message.endsWith("."), message);
    return message;
  }

  private Set<String> texts(String path) {
    notices.clear();
    Set<String> texts = new TreeSet<>();
    DataSources.of(List.of("en=" + path), SourceSettings.DEFAULT)
        .forEach(
            InputStream.nullInputStream(),
            document -> texts.addAll(document.texts()),
            notices::add,
            row -> {});
    return texts;
  }

  /** A file with one row, its own name. */
  private void rows(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    String row = "{\"text\": \"%s\"}\n".formatted(name.replace("\\", "\\\\"));
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out = compressing(name, raw)) {
      out.write(row.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static OutputStream compressing(String name, OutputStream raw) throws IOException {
    if (name.toLowerCase(Locale.ROOT).endsWith(".gz")) {
      return new GZIPOutputStream(raw);
    }
    return name.endsWith(".ZST") ? new ZstdOutputStream(raw) : raw;
  }

  private Path pipe(String name) throws IOException, InterruptedException {
    Path pipe = folder.resolve(name);
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    return pipe;
  }

  private static Path parquet() throws IOException {
    return Path.of("src/test/resources/parquet/rows-gzip.parquet").toRealPath();
  }
}

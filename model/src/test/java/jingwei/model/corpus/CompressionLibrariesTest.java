package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompressionLibrariesTest {
  @TempDir private Path folder;
  private Path rows;

  @BeforeEach
  void compressRows() throws IOException {
    rows = folder.resolve("rows.jsonl.zst");
    try (var out = new ZstdOutputStream(Files.newOutputStream(rows))) {
      out.write("{\"text\": \"a compressed row\"}\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void readsWithoutAFolderForTemporaryFiles() throws Exception {
    Path cache = folder.resolve("cache of programs");
    for (int start = 0; start < 2; start++) { // the second one finds what the first unpacked
      ReadingProcess.Output output =
          ReadingProcess.run(
              List.of("-Djava.io.tmpdir=" + folder.resolve("missing")),
              Map.of("XDG_CACHE_HOME", cache.toString()),
              rows,
              parquet("rows-snappy"),
              parquet("rows-zstd"));
      assertEquals(0, output.exitCode(), output.text());
      assertEquals(3, count(output.text(), "[the first row]|[a compressed row]"), output.text());
    }
    try (var files = Files.walk(cache)) {
      assertEquals(2, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void readsWithTheFolderForTemporaryFilesAlone() throws Exception {
    ReadingProcess.Output output =
        ReadingProcess.run(
            List.of("-Djava.io.tmpdir=" + folder),
            Map.of("XDG_CACHE_HOME", "/proc/no cache"),
            rows,
            parquet("rows-snappy"));
    assertEquals(0, output.exitCode(), output.text());
    assertEquals(2, count(output.text(), "[the first row]|[a compressed row]"), output.text());
  }

  /** The library may find another folder; if it does not, a sentence says so. */
  @Test
  void saysInOneSentenceThatALibraryCannotBeLoaded() throws Exception {
    for (Path file : List.of(rows, parquet("rows-snappy"), parquet("rows-zstd"))) {
      ReadingProcess.Output output =
          ReadingProcess.run(
              List.of("-Djava.io.tmpdir=" + folder.resolve("missing"), "-Duser.home=/proc/no home"),
              Map.of("XDG_CACHE_HOME", "/proc/no cache"),
              file);
      assertFalse(output.text().contains("\tat "), output.text());
      if (output.exitCode() != 0) {
        assertEquals(2, output.exitCode(), output.text());
        assertTrue(
            output.text().contains("The data file " + file + " cannot be read (the library"));
        assertTrue(output.text().contains("set XDG_CACHE_HOME"), output.text());
      }
    }
  }

  private static long count(String output, String lines) {
    return output.lines().filter(line -> List.of(lines.split("\\|")).contains(line)).count();
  }

  private static Path parquet(String name) throws IOException {
    return Path.of("src/test/resources/parquet", name + ".parquet").toRealPath();
  }
}

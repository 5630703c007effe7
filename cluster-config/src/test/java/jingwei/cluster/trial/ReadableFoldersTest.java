package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadableFoldersTest {
  @TempDir Path folder;
  private Path texts;

  @BeforeEach
  void create() throws IOException {
    texts = Files.createDirectories(folder.resolve("texts"));
    Files.createFile(texts.resolve("zh.jsonl"));
  }

  @Test
  void theFolderOfAFileAndAFolderItself() {
    assertEquals(List.of(texts), of("", "zh=" + texts.resolve("zh.jsonl")));
    assertEquals(List.of(texts), of("", "zh=" + texts));
  }

  @Test
  void theFolderAboveAPattern() {
    assertEquals(List.of(folder), of("", "zh=" + folder.resolve("*/zh*.jsonl")));
  }

  @Test
  void eachFolderOnce() {
    assertEquals(
        List.of(texts), of("", "zh=" + texts.resolve("zh.jsonl"), "en=" + texts.resolve("e*")));
  }

  @Test
  void theFolderOfTheTokenizer() {
    assertEquals(List.of(folder), of(folder.resolve("tokenizer.json").toString()));
  }

  @Test
  void theTextOfTheJdkNeedsNone() {
    assertEquals(List.of(), of(""));
  }

  private static List<Path> of(String tokenizer, String... sources) {
    Configuration configuration =
        Configuration.resolve("demo", null, List.of())
            .with(Map.of("data.sources", List.of(sources), "tokenizer.file", tokenizer), "test");
    return ReadableFolders.of(RunSettings.of(configuration).data());
  }
}

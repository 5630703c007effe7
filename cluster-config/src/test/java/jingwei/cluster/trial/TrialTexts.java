package jingwei.cluster.trial;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jingwei.cluster.TinyModel;
import jingwei.cluster.settings.Configuration;
import jingwei.model.SeededRandom;

/** A very small model on two files of random words. */
public final class TrialTexts {
  private static final List<String> SMALL =
      TinyModel.with(
          "model.vocabulary=320",
          "model.context=16",
          "model.width=16",
          "model.innerWidth=32",
          "batch.rowsPerMicroBatch=1",
          "evaluation.every=0",
          "evaluation.tokensPerDomain=64",
          "learningRate.warmupSteps=2");

  private TrialTexts() {}

  /** Its values as {@code key=value}. */
  public static List<String> settings() {
    return SMALL;
  }

  /** Writes the texts, and returns them as sources. */
  public static List<String> sources(Path folder) throws IOException {
    return List.of("en=" + words(folder, "en", 3), "zh=" + words(folder, "zh", 5));
  }

  static Configuration configuration(Path folder, String... more) throws IOException {
    List<String> all = new ArrayList<>(SMALL);
    all.addAll(List.of(more));
    return Configuration.resolve("demo", null, all)
        .with(Map.of("data.sources", sources(folder)), "test");
  }

  private static Path words(Path folder, String domain, int seed) throws IOException {
    Path file = folder.resolve(domain + ".jsonl");
    StringBuilder lines = new StringBuilder();
    SeededRandom random = new SeededRandom(seed);
    for (int row = 0; row < 60; row++) {
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 20; word++) {
        text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(50)).append(' ');
      }
      lines.append("{\"text\": \"").append(text).append("\"}\n");
    }
    return Files.writeString(file, lines);
  }
}

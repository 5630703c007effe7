package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.actors.step.FaultPlan;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.inference.Generation;
import jingwei.model.inference.LoadedModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class EndOfTextTest {
  @TempDir Path folder;

  /** Every document is one sentence, followed by the end of text. */
  @Test
  void isLearnedAndEndsGeneration() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (char letter = 'a'; letter <= 'z'; letter++) {
      rows.append("{\"text\": \"%c is a letter.\"}\n".formatted(letter));
    }
    Files.writeString(folder.resolve("en.jsonl"), rows);
    Files.writeString(folder.resolve("zh.jsonl"), rows.toString().replace('.', '!'));
    SmallRun small =
        new SmallRun(
            folder,
            "steps=200",
            "model.width=32",
            "model.innerWidth=64",
            "learningRate.peak=2e-2",
            "checkpoint.every=0",
            "evaluation.every=0");
    small.run("run", FaultPlan.none());
    try (Checkpoint latest = Checkpoint.open(small.folder("run"));
        LoadedModel model = ModelLoader.load(latest)) {
      assertEquals(" a letter.", generated(model, "en", "k is", 0));
      assertEquals(" a letter!", generated(model, "zh", "k is", 0));
      String drawn = generated(model, "en", "", 1);
      assertTrue(drawn.endsWith(" is a letter.") && drawn.length() < 20, drawn);
    }
  }

  private static String generated(
      LoadedModel model, String domain, String prompt, double temperature) {
    StringBuilder text = new StringBuilder();
    new Generation(model, domain, prompt, new Generation.Settings(60, temperature, 0.9, 7))
        .run(text::append);
    return text.toString();
  }
}

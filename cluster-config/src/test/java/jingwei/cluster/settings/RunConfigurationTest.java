package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.DecoderShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings that are derived later equal those read again from the text. */
class RunConfigurationTest {
  @Test
  void plansTheSameStepsInTextAndSettings() {
    RunConfiguration planned = resolved("minutes=5", "steps=7").withSteps(123);
    assertEquals(123, planned.settings().optimizer().steps());
    assertEquals(0, planned.settings().session().minutes());
    assertEquals(RunSettings.of(Configuration.ofText(planned.text(), "test")), planned.settings());
  }

  @Test
  void givesTheShapeForTheTextThatWasRead() {
    ModelSettings model = resolved("model.vocabulary=400").settings().model();
    DecoderShape shape = model.shape(321, 3);
    assertEquals(321, shape.vocabulary());
    assertEquals(3, shape.domains());
    assertEquals(400, model.shape().vocabulary());
    ModelSettings dense = resolved("model.routedBlocks=0").settings().model();
    assertEquals(0, dense.shape(321, 3).expertsPerDomain());
  }

  @Test
  void givesBatchesForTheDomainsThatWereRead() {
    BatchTemplate template = resolved("data.weights.zh=3").settings().batch();
    BatchSettings batches = template.of(List.of("en", "zh"));
    assertEquals(List.of(1.0, 3.0), batches.weights());
    assertEquals(256, batches.context());
    String message =
        assertThrows(UserException.class, () -> template.of(List.of("en"))).getMessage();
    assertTrue(message.contains("'zh'"), message);
  }

  /** Mistakes are found before a folder is created or a text is read. */
  @Test
  void refusesSizesThatDoNotFitTogetherAtOnce() {
    for (String wrong : List.of("model.heads=5", "batch.rowsPerMicroBatch=3", "replicas=3")) {
      assertThrows(UserException.class, () -> resolved(wrong), wrong);
    }
  }

  @Test
  void saysWhatIsWrongWithTheFileOfARun(@TempDir Path folder) throws IOException {
    String text = resolved().text();
    Path file = Files.writeString(folder.resolve("config.conf"), text);
    List<String> damage = new ArrayList<>();
    assertEquals(text, Configuration.ofFile(file, damage::add).orElseThrow().render());
    assertEquals(List.of(), damage);
    int whole = text.stripTrailing().length();
    for (int length = 0; length < whole; length++) {
      Files.writeString(file, text.substring(0, length));
      assertTrue(Configuration.ofFile(file, damage::add).isEmpty(), "cut at " + length);
    }
    assertEquals(whole, damage.size());
    damage.clear();
    Files.write(file, new byte[] {'n', '=', (byte) 0xE9});
    assertTrue(Configuration.ofFile(file, damage::add).isEmpty());
    assertEquals(1, damage.size(), damage.toString());
    Files.delete(file);
    assertThrows(UserException.class, () -> Configuration.ofFile(file, damage::add));
  }

  private static RunConfiguration resolved(String... assignments) {
    return RunConfiguration.of(Configuration.resolve("demo", null, List.of(assignments)));
  }
}

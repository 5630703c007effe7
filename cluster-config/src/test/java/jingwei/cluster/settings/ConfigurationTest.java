package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.model.UserException;
import jingwei.model.corpus.HeldOut;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  static final List<String> presets = Configuration.PRESETS;

  @ParameterizedTest
  @FieldSource("presets")
  void readsEveryPreset(String preset) {
    Configuration configuration = Configuration.resolve(preset, null, List.of());
    assertTrue(TrainSettings.of(configuration).steps() > 0);
    assertTrue(ParameterCount.of(TrainSettings.shape(configuration)).total() > 1_000_000);
  }

  @Test
  void givesTheDemoTwoMillionActiveParametersAndEightExpertsADomain() {
    DecoderShape shape = TrainSettings.shape(Configuration.resolve("demo", null, List.of()));
    assertTrue(ParameterCount.of(shape).active() >= 2_000_000);
    assertTrue(shape.expertsPerDomain() >= 8);
    DecoderShape dense = TrainSettings.shape(Configuration.resolve("demo-dense", null, List.of()));
    assertEquals(ParameterCount.of(shape).active(), ParameterCount.of(dense).total());
  }

  @Test
  void putsPresetFileAndSingleValuesOverEachOtherAndSaysWhichWon(@TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("my.conf"), "steps = 7\nbatch.rows = 2\n");
    Configuration configuration =
        Configuration.resolve("bench", file, List.of("batch.rows=16", "data.weights.zh=3"));
    String lines = String.join("\n", configuration.lines());
    assertTrue(lines.matches("(?s).*batch.rows +?= 16 +?# --set.*"), lines);
    assertTrue(lines.matches("(?s).*steps +?= 7 +?# .*my.conf.*"), lines);
    assertTrue(lines.matches("(?s).*model.width +?= 384 +?# preset bench.*"), lines);
    assertTrue(lines.matches("(?s).*seed +?= 1 +?# default.*"), lines);
    assertEquals(Map.of("zh", 3.0), TrainSettings.of(configuration).data().weights());
  }

  @Test
  void readsWhatItRendered() {
    Configuration configuration = Configuration.resolve("small", null, List.of("seed=5"));
    Configuration again = Configuration.ofText(configuration.render(), "test");
    assertEquals(TrainSettings.of(configuration), TrainSettings.of(again));
    assertEquals(configuration.render(), again.render());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "modle.width=3",
        "model.widht=3",
        "steps",
        "=3",
        "steps=many",
        "model.width=7",
        "learningRate.shape=linear",
        "optimizer.beta1=1.5",
        "batch.rowsPerMicroBatch=3",
        "device.memory=lots",
        "data.heldOut=0.9",
        "steps=0",
        "steps={",
        "domainsPerBatch=9"
      })
  void refusesWhatMakesNoSenseInOneSentence(String assignment) {
    String message =
        assertThrows(
                UserException.class,
                () -> {
                  Configuration configuration =
                      Configuration.resolve("demo", null, List.of(assignment));
                  TrainSettings settings = TrainSettings.of(configuration);
                  TrainSettings.shape(configuration);
                  settings.batches(configuration, List.of("zh", "en"));
                  assertTrue(new HeldOut(settings.data().files().heldOut().share()).share() >= 0);
                })
            .getMessage();
    assertTrue(message.length() > 20 && message.endsWith("."), message);
  }

  @Test
  void namesTheNearestKnownKeyAndPreset() {
    String key =
        assertThrows(
                UserException.class,
                () -> Configuration.resolve("demo", null, List.of("model.widht=3")))
            .getMessage();
    assertTrue(key.contains("'model.width'"), key);
    String preset =
        assertThrows(UserException.class, () -> Configuration.resolve("dmo", null, List.of()))
            .getMessage();
    assertTrue(preset.contains("'demo'"), preset);
  }
}

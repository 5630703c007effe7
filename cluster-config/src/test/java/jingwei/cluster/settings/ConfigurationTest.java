package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import jingwei.actors.settings.NodeSettings;
import jingwei.model.UserException;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.SourceSettings.FileOrder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
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
    assertTrue(RunSettings.of(configuration).optimizer().steps() > 0);
    assertTrue(
        ParameterCount.of(RunSettings.of(configuration).model().shape()).total() > 1_000_000);
  }

  @Test
  void givesTheDemoTwoMillionActiveParametersAndEightExpertsADomain() {
    DecoderShape shape = preset("demo").model().shape();
    assertTrue(ParameterCount.of(shape).active() >= 2_000_000);
    assertTrue(shape.expertsPerDomain() >= 8);
    DecoderShape dense = preset("demo-dense").model().shape();
    assertEquals(ParameterCount.of(shape).active(), ParameterCount.of(dense).total());
  }

  private static RunSettings preset(String name) {
    return RunSettings.of(Configuration.resolve(name, null, List.of()));
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
    assertEquals(Map.of("zh", 3.0), RunSettings.of(configuration).batch().weights());
  }

  @Test
  void readsWhatItRendered() {
    Configuration configuration = Configuration.resolve("small", null, List.of("seed=5"));
    Configuration again = Configuration.ofText(configuration.render(), "test");
    assertEquals(RunSettings.of(configuration), RunSettings.of(again));
    assertEquals(configuration.render(), again.render());
  }

  /** A user's values count at a resume, even if the file is named like a built-in layer. */
  @Test
  void keepsUserFilesApartFromBuiltInLayers() throws IOException {
    Configuration kept = Configuration.resolve("demo", null, List.of());
    for (String name : List.of("default-test.conf", "preset test.conf")) {
      Path file = Files.writeString(Path.of(name), "batch.rows = 16");
      try {
        Configuration given = Configuration.resolve("demo", file, List.of());
        String message =
            assertThrows(UserException.class, () -> kept.resumedWith(given, false, Set.of()))
                .getMessage();
        assertTrue(message.contains("batch.rows"), message);
      } finally {
        Files.delete(file);
      }
    }
  }

  @Test
  void mayChangeTheNumberOfNodesAtAResume() {
    Configuration kept =
        Configuration.resolve("demo", null, List.of("replicas=2", "devices=2", "hosts=3"));
    Configuration given = Configuration.resolve("demo", null, List.of("devices=0", "hosts=1"));
    assertEquals(
        new NodeSettings(1, 1),
        RunSettings.of(kept.resumedWith(given, false, Set.of())).session().nodes());
    Configuration more = Configuration.resolve("demo", null, List.of("replicas=4"));
    assertThrows(UserException.class, () -> kept.resumedWith(more, false, Set.of()));
  }

  @Test
  void mayChangeTheLinkAtAResume() {
    Configuration kept = Configuration.resolve("demo", null, List.of());
    Configuration given =
        Configuration.resolve(
            "demo", null, List.of("ecss.link.bandwidth=100 MB", "ecss.link.latency=20 us"));
    assertEquals(
        LinkSettings.both(new LinkSpeed(100_000_000, 20_000)),
        link(kept.resumedWith(given, false, Set.of())));
    assertEquals(LinkSettings.UNLIMITED, link(kept));
  }

  private static LinkSettings link(Configuration configuration) {
    return RunSettings.of(configuration).session().actors().transport().link();
  }

  @Test
  void keepsTheFileOrderOfRunsOlderThanItsKey() {
    String before =
        Configuration.resolve("demo", null, List.of())
            .render()
            .lines()
            .filter(line -> !line.contains("fileOrder"))
            .collect(Collectors.joining("\n"));
    assertEquals(
        FileOrder.PATH,
        RunSettings.of(Configuration.ofText(before, "test")).data().files().order());
    assertEquals(FileOrder.CONTENT, preset("demo").data().files().order());
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
        "domainsPerBatch=9",
        "steps..x=3",
        "a b=3",
        "steps=null",
        "steps=[]",
        "model=3",
        "steps=99999999999999999999999",
        "seed=1.5",
        "transport.termBytes=16 GiB",
        "transport.partBytes=16 GiB",
        "transport.termBytes=-1",
        "ecss.link.bandwidth=0",
        "ecss.link.bandwidth=fast",
        "ecss.link.latency=-1 ms",
        "ecss.link.latency=2 hours",
        "ecss.link.latency=9999999 days",
        "deadline=99999999999999 days",
        "data.deadline=0 s",
        "device.memory=99999999 TiB",
        "minutes=-1",
        "checkpoint.copies=0",
        "checkpoint.copies=3",
        "minutes=infinity",
        "model.width=2147483640",
        "model.context=2147483647",
        "batch.rows=2147483647",
        "replicas=2147483647"
      })
  void refusesWhatMakesNoSenseInOneSentence(String assignment) {
    String message =
        assertThrows(
                UserException.class,
                () -> {
                  Configuration configuration =
                      Configuration.resolve("demo", null, List.of(assignment));
                  RunSettings settings = RunSettings.of(configuration);
                  ParameterCount.of(settings.model().shape());
                  settings.batch().of(List.of("zh", "en"));
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

  @Test
  void resumeRuleCoversEveryKey() {
    for (String line : Configuration.resolve("demo", null, List.of()).lines()) {
      String key = line.substring(0, line.indexOf(' '));
      assertTrue(ResumeRule.knows(key), key);
    }
  }

  /** Untrusted text: from a checkpoint, a run's folder, or --set. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "include url(\"http://localhost:1/x\")",
        "include file(\"/etc/hostname\")",
        "include classpath(\"presets/small.conf\")",
        "include \"my\"",
        "include required(file(\"/etc/hostname\"))",
        "name = ${HOME}",
        "name = ${?HOME}",
        "name = ${java.home}",
        "steps = 3, seed = ${steps}"
      })
  void followsNothingInTheTextOfAStranger(String text) {
    for (Executable reading :
        List.<Executable>of(
            () -> Configuration.ofText(text, "the checkpoint"),
            () -> Configuration.resolve("demo", null, List.of("seed=1\n" + text)))) {
      String message = assertThrows(UserException.class, reading).getMessage();
      assertTrue(message.contains("only the file of --config may"), message);
      assertTrue(message.endsWith(".") && message.lines().count() <= 2, message);
    }
  }

  @Test
  void survivesDeeplyNestedText() {
    for (String open : List.of("a{", "a=[")) {
      assertThrows(
          UserException.class,
          () -> Configuration.ofText(open.repeat(1_000_000), "the checkpoint"));
    }
  }

  @Test
  void followsWhatTheUsersOwnFileIncludesAndRefersTo(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder.resolve("more"));
    Files.writeString(folder.resolve("more/base.conf"), "include \"deeper\"\nsteps = 7\n");
    Files.writeString(folder.resolve("more/deeper.json"), "{\"seed\": 9}");
    Path absolute = Files.writeString(folder.resolve("absolute.conf"), "checkpoint.keep = 5");
    Path file =
        Files.writeString(
            folder.resolve("my.conf"),
            "include \"more/base\"\ninclude file(\"%s\")\nbatch.rows = ${steps}${seed}\nname = ${PATH}\n"
                .formatted(absolute));
    String lines = String.join("\n", Configuration.resolve("demo", file, List.of()).lines());
    for (String value :
        List.of("steps +?= 7 ", "seed +?= 9 ", "checkpoint.keep +?= 5 ", "batch.rows +?= \"?79")) {
      assertTrue(lines.matches("(?s).*" + value + ".*"), value + lines);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"missing\"",
        "include \"missing.conf\"",
        "include file(\"/no/such/file.conf\")",
        "include classpath(\"no/such/file.conf\")",
        "include url(\"file:///no/such/file.conf\")",
        "include required(\"missing\")",
        "include \"broken\"",
        "steps = ${NO_SUCH_VARIABLE_ANYWHERE}"
      })
  void refusesAFileOfTheUsersThatLacksSomething(String text, @TempDir Path folder)
      throws IOException {
    Files.writeString(folder.resolve("broken.conf"), "steps = {");
    Path file = Files.writeString(folder.resolve("my.conf"), text);
    String message =
        assertThrows(UserException.class, () -> Configuration.resolve("demo", file, List.of()))
            .getMessage();
    assertTrue(message.endsWith("."), message);
  }

  @Test
  void refusesAFileThatIsNotUtf8(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("my.conf"), new byte[] {'n', '=', (byte) 0xE9});
    assertThrows(UserException.class, () -> Configuration.resolve("demo", file, List.of()));
  }
}

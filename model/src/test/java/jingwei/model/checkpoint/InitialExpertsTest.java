package jingwei.model.checkpoint;

import static jingwei.model.checkpoint.WrittenCheckpoints.keep;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.StateSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint stores no expert that was never updated. */
class InitialExpertsTest {
  @TempDir private Path folder;
  private WrittenCheckpoints checkpoints;

  @BeforeEach
  void setUp() {
    checkpoints = new WrittenCheckpoints(folder);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void areNotStoredAndAreDrawnAgain(int delay) throws IOException {
    try (TinyRun run = trainedOnOneDomain(delay);
        NativeMemory memory = NativeMemory.unbounded("test")) {
      Path written = write(run.model);
      Set<String> stored = updated(run.model);
      Set<Integer> domains =
          stored.stream()
              .filter(name -> name.contains(".experts."))
              .map(name -> Integer.parseInt(name.substring(name.lastIndexOf('.') + 1)) / 2)
              .collect(Collectors.toSet());
      assertEquals(1, domains.size(), stored.toString());
      String other = ".domain." + (1 - domains.iterator().next());
      assertTrue(names(written).stream().noneMatch(name -> name.contains(other)));
      try (Checkpoint opened = Checkpoint.open(written)) {
        opened.verify();
        assertEquals(stored, opened.manifest().model().owners().keySet());
        StateSource loaded = opened.load(memory);
        assertEquals(TinyRun.fingerprints(run.model), TinyRun.fingerprints(loaded));
        assertEquals(initial(run.model), initial(loaded));
        StateSource streamed = opened.states(memory);
        assertEquals(TinyRun.fingerprints(run.model), TinyRun.fingerprints(streamed));
        assertEquals(initial(run.model), initial(streamed));
        Path again =
            new WrittenCheckpoints(folder.resolve("again")).write(loaded, 1, at(), keep(1), 1);
        for (String name : names(written)) {
          assertArrayEquals(
              Files.readAllBytes(written.resolve(name)),
              Files.readAllBytes(again.resolve(name)),
              name);
        }
      }
    }
  }

  /** The other domain is trained for the first time after the run has been resumed. */
  @Test
  void areFirstTrainedAfterAResumeWithTheSameBits() {
    try (TinyRun whole = trainedOnOneDomain(0);
        Checkpoint checkpoint = Checkpoint.open(write(whole.model));
        TinyRun resumed = new TinyRun(TinyRun.ADAM, checkpoint::load)) {
      resumed.trainer.goOnFrom(whole.trainer.before());
      BatchStream batches = batches();
      batches.next();
      for (int i = 0; i < 6; i++) {
        Batch batch = batches.next();
        assertEquals(whole.trainer.step(batch), resumed.trainer.step(batch));
      }
      assertEquals(0, initial(whole.model).size(), "both domains were trained");
      assertEquals(TinyRun.fingerprints(whole.model), TinyRun.fingerprints(resumed.model));
    }
  }

  /** Such as weights of another model. */
  @Test
  void areStoredIfTheirWeightsDoNotFollowFromASeed() {
    try (TinyRun run = trainedOnOneDomain(0);
        NativeMemory memory = NativeMemory.unbounded("test")) {
      run.model.startFrom(new InitialWeights(1), owner -> false);
      try (Checkpoint opened = Checkpoint.open(write(run.model))) {
        assertEquals(run.model.states().size(), opened.manifest().model().owners().size());
        StateSource loaded = opened.load(memory);
        assertEquals(TinyRun.fingerprints(run.model), TinyRun.fingerprints(loaded));
        assertEquals(List.of(), initial(loaded), "they stay stored");
      }
    }
  }

  @Test
  void anUpdatedExpertWithoutWeightsIsDamage() throws IOException {
    try (TinyRun run = trainedOnOneDomain(0)) {
      Path written = write(run.model);
      String missing = name(run.model, initial(run.model).getFirst());
      refuses(
          written,
          text ->
              text.replace(
                  "\"embedding\" : {",
                  "\"%s\" : {\"updates\" : 1, \"lastStep\" : 1, \"lastApplied\" : 1, \"older\" : []}, \"embedding\" : {"
                      .formatted(missing)),
          missing.substring(0, missing.lastIndexOf('.')) + ".domain.");
    }
  }

  @Test
  void weightsOfAnExpertThatTheManifestDoesNotKnowAreDamage() throws IOException {
    try (TinyRun run = trainedOnOneDomain(0)) {
      Path written = write(run.model);
      String stored =
          updated(run.model).stream()
              .filter(name -> name.contains(".experts."))
              .findFirst()
              .orElseThrow();
      String entry = "\"" + stored + "\" : \\{[^}]*\\},";
      refuses(written, text -> text.replaceFirst(entry, ""), "tensors");
      refuses(
          written,
          text -> text.replace("\"" + stored + "\"", "\"blocks.1.experts.99\""),
          "blocks.1.experts.99");
    }
  }

  /** Experts that are not stored take no bytes of the files, so their number must be bounded. */
  @Test
  void moreExpertsThanTokensAreRefused() throws IOException {
    try (TinyRun run = trainedOnOneDomain(0)) {
      Path written = write(run.model);
      WrittenCheckpoints.rewriteManifest(
          written,
          text -> text.replaceFirst("\"expertsPerDomain\" : \\d+", "\"expertsPerDomain\" : 5000"));
      try (CheckpointFiles files = CheckpointFiles.open(written)) {
        String message =
            assertThrows(CheckpointException.class, () -> new StoredStates(files)).getMessage();
        assertTrue(message.contains("tokens that could use them"), message);
      }
    }
  }

  private void refuses(Path written, UnaryOperator<String> change, String word) throws IOException {
    String right = Files.readString(written.resolve("manifest.json"));
    WrittenCheckpoints.rewriteManifest(
        written,
        text -> {
          assertFalse(change.apply(text).equals(text), "nothing changed");
          return change.apply(text);
        });
    String message =
        assertThrows(CheckpointException.class, () -> WrittenCheckpoints.readWhole(written))
            .getMessage();
    assertTrue(message.contains(word), message);
    WrittenCheckpoints.rewriteManifest(written, text -> right);
  }

  private static TinyRun trainedOnOneDomain(int delay) {
    TinyRun run = new TinyRun(TestSettings.rules(TinyRun.ADAM, 1, delay, 0), null);
    run.trainer.step(batches().next());
    return run;
  }

  private static BatchStream batches() {
    return TinyRun.batches(
        new BatchSettings(4, 2, 1, 16, 1, BatchSettings.equalWeights(2)),
        WrittenCheckpoints.DOCUMENTS);
  }

  private Path write(StateSource states) {
    return checkpoints.write(states, 1, at(), keep(1), 1);
  }

  private static DataPosition at() {
    return TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS).position();
  }

  private static Set<String> updated(StateSource states) {
    return IntStream.range(0, states.decoder().owners().size())
        .filter(owner -> states.clock(owner).updates() > 0)
        .mapToObj(owner -> name(states, owner))
        .collect(Collectors.toSet());
  }

  private static List<Integer> initial(StateSource states) {
    return IntStream.range(0, states.decoder().owners().size())
        .filter(states::isInitial)
        .boxed()
        .toList();
  }

  private static String name(StateSource states, int owner) {
    return states.decoder().owners().get(owner).name();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}

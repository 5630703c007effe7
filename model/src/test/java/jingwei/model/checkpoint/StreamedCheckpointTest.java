package jingwei.model.checkpoint;

import static jingwei.model.checkpoint.WrittenCheckpoints.keep;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StagedStates;
import jingwei.model.state.StateSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint is written and read while one owner at a time is in memory. */
class StreamedCheckpointTest {
  private static final int STEPS = 5;

  @TempDir private Path whole;
  @TempDir private Path streamed;

  /** With a delay there are older versions, and a file for them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void hasTheBytesOfACheckpointOfALiveModel(int delay) throws IOException {
    try (TinyRun run = trained(delay);
        NativeMemory staging = staging(delay)) {
      StagedStates states = new StagedStates(run.model, staging);
      Path ofModel = write(whole, run.model);
      Path ofStates = write(streamed, states);
      List<String> names = names(ofModel);
      assertEquals(names, names(ofStates));
      for (String name : names) {
        assertArrayEquals(
            Files.readAllBytes(ofModel.resolve(name)),
            Files.readAllBytes(ofStates.resolve(name)),
            name);
      }
      assertEquals(delay > 0, names.contains("dense.versions.safetensors"), names.toString());
      assertEquals(
          IntStream.range(0, run.model.states().size()).boxed().toList(),
          states.asked().stream().sorted().toList());
      assertTrue(staging.usedBytes() <= staging.budgetBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void readsTheSameStatesOwnerByOwner(int delay) throws IOException {
    try (TinyRun run = trained(delay);
        NativeMemory memory = NativeMemory.unbounded("test")) {
      Path written = write(whole, run.model);
      try (Checkpoint checkpoint = Checkpoint.open(written);
          NativeMemory staging = staging(checkpoint.manifest().model().mostOlder())) {
        assertEquals(delay, checkpoint.manifest().model().mostOlder());
        StateSource states = checkpoint.states(staging);
        assertEquals(0, staging.usedBytes(), "memory was taken before an owner was asked for");
        ModelState filled =
            new ModelState(states.decoder(), states.routes(), states.type(), memory);
        filled.fill(states);
        assertEquals(TinyRun.fingerprints(run.model), TinyRun.fingerprints(filled));
        assertEquals(staging.budgetBytes(), staging.usedBytes());
        // Written once more, so older versions and counts are compared too.
        Path again = write(streamed, states);
        for (String name : names(written)) {
          assertArrayEquals(
              Files.readAllBytes(written.resolve(name)),
              Files.readAllBytes(again.resolve(name)),
              name);
        }
      }
    }
  }

  @Test
  void findsDamageBeforeTheFirstOwnerIsRead() throws IOException {
    try (TinyRun run = trained(1);
        NativeMemory staging = staging(1)) {
      Path written = write(whole, run.model);
      for (String name : names(written)) {
        if (!name.endsWith(".safetensors")) {
          continue;
        }
        Path file = written.resolve(name);
        byte[] bytes = Files.readAllBytes(file);
        byte[] changed = bytes.clone();
        changed[bytes.length - 3] ^= 4;
        Files.write(file, changed);
        try (Checkpoint damaged = Checkpoint.open(written)) {
          String message =
              assertThrows(CheckpointException.class, () -> damaged.states(staging)).getMessage();
          assertTrue(message.contains(name), message);
          assertEquals(
              message,
              assertThrows(CheckpointException.class, () -> damaged.load(staging)).getMessage());
        }
        Files.write(file, bytes);
      }
      assertEquals(0, staging.usedBytes());
    }
  }

  private static TinyRun trained(int delay) {
    TinyRun run = new TinyRun(TestSettings.rules(TinyRun.ADAM, 1, delay, 0), null);
    BatchStream batches = TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS);
    for (int i = 0; i < STEPS; i++) {
      run.trainer.step(batches.next());
    }
    return run;
  }

  private static Path write(Path folder, StateSource states) {
    return new WrittenCheckpoints(folder)
        .write(
            states,
            STEPS,
            TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS).position(),
            keep(1),
            1.0);
  }

  private static NativeMemory staging(int older) {
    return new NativeMemory(
        "staging", OwnerStaging.bytes(new Decoder(TinyRun.SHAPE), ElementType.FLOAT32, older));
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}

package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;
import jingwei.model.checkpoint.WritableCheckpointFolder.Keep;
import jingwei.model.data.DataPosition;
import jingwei.model.data.EncodedDocument;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepHistory;
import jingwei.model.step.StepsBefore;

/** Writes checkpoints of a tiny model to a folder. */
final class WrittenCheckpoints {
  static final List<List<EncodedDocument>> DOCUMENTS =
      List.of(TinyRun.documents(0, 7, 25), TinyRun.documents(1, 5, 40));

  private final Path folder;
  final WritableCheckpointFolder writing;

  WrittenCheckpoints(Path folder) {
    this.folder = folder;
    this.writing = new WritableCheckpointFolder(folder);
  }

  static Keep keep(int newest) {
    return new Keep(newest, OptionalLong.empty());
  }

  /** Writes checkpoints of the steps from 1 on and keeps all of them. */
  void writeSteps(int steps) {
    try (TinyRun run = new TinyRun()) {
      for (int step = 1; step <= steps; step++) {
        write(run, step, keep(steps));
      }
    }
  }

  Path write(TinyRun run, long step, Keep keep) {
    return write(run, step, TinyRun.batches(2, 2, DOCUMENTS).position(), keep, 9.0 - step);
  }

  Path write(TinyRun run, long step, DataPosition position, Keep keep, double heldOut) {
    return write(run.model, step, position, keep, heldOut);
  }

  Path write(StateSource states, long step, DataPosition position, Keep keep, double heldOut) {
    StepHistory history = new StepHistory(List.of(3.25, 0.1), List.of(1e-3, 7.0));
    TrainingState state =
        new TrainingState(
            states,
            "{\"tokenizer\": true}",
            new RunState(
                new StepsBefore(step, Math.min(step, 1), 1.5, history, Set.of(9L)),
                100 * step,
                1,
                "kernels",
                "seed = 1",
                new RunState.Data(
                    List.of("a", "b"),
                    77,
                    new DataPosition(step, position.streams(), position.schedule())),
                Map.of("a", heldOut)));
    return writing.write(state, keep);
  }

  /** Changes a manifest and updates its checksum, as an attacker would. */
  static void rewriteManifest(Path checkpoint, UnaryOperator<String> change) throws IOException {
    Path manifest = checkpoint.resolve("manifest.json");
    String text = change.apply(Files.readString(manifest));
    Files.writeString(manifest, text);
    Files.writeString(
        checkpoint.resolve("manifest.crc32c"),
        Manifest.checksum(text.getBytes(StandardCharsets.UTF_8)));
  }

  static void readWhole(Path checkpoint) {
    try (NativeMemory memory = NativeMemory.unbounded("test");
        Checkpoint opened = Checkpoint.open(checkpoint)) {
      opened.tokenizer();
      opened.load(memory);
    }
  }

  /** Replaces a file by a symbolic link to itself, which exists but cannot be read by any user. */
  static void makeUnreadable(Path file) throws IOException {
    Files.delete(file);
    Files.createSymbolicLink(file, file.getFileName());
  }

  Path step(long step) {
    return folder.resolve(CheckpointFolder.nameOf(step));
  }
}

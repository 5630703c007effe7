package jingwei.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.UserException;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.StepHistory;
import jingwei.model.reference.TinyRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final List<List<EncodedDocument>> DOCUMENTS =
      List.of(TinyRun.documents(0, 7, 25), TinyRun.documents(1, 5, 40));

  @TempDir private Path folder;

  @Test
  void writesEveryHeaderInOneOrder() throws IOException {
    Path written;
    try (TinyRun run = new TinyRun()) {
      written = write(run, 1, TinyRun.batches(2, 2, DOCUMENTS).position(), 2);
    }
    try (Stream<Path> files = Files.list(written)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        Matcher tensors = Pattern.compile("\\{\"(\\w+)\":[^{}]*\\}").matcher(header);
        int count = 0;
        while (tensors.find()) {
          String keys = tensors.group().replaceAll("[^a-z_\":,]|\"[A-Z]\\w+\"", "");
          if (!tensors.group(1).equals("format")) {
            assertTrue(keys.startsWith("\"dtype\":,\"shape\":"), file + " " + tensors.group());
            count++;
          }
        }
        assertTrue(count > 0, file.toString());
      }
    }
  }

  @Test
  void goesOnWithTheSameBitsAsARunThatWasNotInterrupted() {
    try (TinyRun whole = new TinyRun();
        TinyRun first = new TinyRun()) {
      BatchStream wholeBatches = TinyRun.batches(4, 2, DOCUMENTS);
      BatchStream firstBatches = TinyRun.batches(4, 2, DOCUMENTS);
      for (int i = 0; i < 7; i++) {
        whole.trainer.step(wholeBatches.next());
        first.trainer.step(firstBatches.next());
      }
      Path written = write(first, 7, firstBatches.position(), 3);
      Checkpoint checkpoint = Checkpoint.open(written);
      try (TinyRun second = new TinyRun(TinyRun.ADAM, checkpoint::load)) {
        BatchStream secondBatches = TinyRun.batches(4, 2, DOCUMENTS);
        secondBatches.seek(checkpoint.manifest().dataPosition());
        for (int i = 0; i < 20; i++) {
          assertEquals(
              whole.trainer.step(wholeBatches.next()), second.trainer.step(secondBatches.next()));
        }
        assertEquals(TinyRun.fingerprints(whole.model), TinyRun.fingerprints(second.model));
      }
    }
  }

  @Test
  void namesTheNewestKeepsAsManyAsAskedAndWhatSomebodyPutThere() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder);
    Files.createDirectories(folder.resolve("mine"));
    Files.writeString(folder.resolve("mine/manifest.json"), "{}");
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(2, 2, DOCUMENTS);
      for (int step = 1; step <= 4; step++) {
        write(run, step, batches.position(), 2);
      }
      write(run, 4, batches.position(), 2);
    }
    assertEquals(List.of("mine", "step-00000003", "step-00000004"), checkpoints.names());
    assertEquals(folder.resolve("step-00000004"), checkpoints.latest());
    assertThrows(UserException.class, () -> checkpoints.named("step-00000001", broken -> {}));
    assertThrows(UserException.class, () -> checkpoints.named("../x", broken -> {}));
  }

  @Test
  void doesNotSeeWhatWasCutShortWhileWriting() throws IOException {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(2, 2, DOCUMENTS);
      write(run, 1, batches.position(), 2);
      Files.createDirectories(folder.resolve("step-00000002.partial"));
      Files.writeString(folder.resolve("step-00000002.partial/manifest.json"), "{}");
      CheckpointFolder checkpoints = new CheckpointFolder(folder);
      assertEquals(List.of("step-00000001"), checkpoints.names());
      write(run, 2, batches.position(), 2);
      assertEquals(List.of("step-00000001", "step-00000002"), checkpoints.names());
      assertFalse(Files.exists(folder.resolve("step-00000002.partial")));
    }
  }

  @Test
  void bringsBackWhatWasMovedAsideForACheckpointThatWasNeverFinished() throws IOException {
    try (TinyRun run = new TinyRun()) {
      Path written = write(run, 3, TinyRun.batches(2, 2, DOCUMENTS).position(), 2);
      Files.move(written, folder.resolve("step-00000003.replaced"));
      assertEquals(written, new CheckpointFolder(folder).latest());
      readWhole(written);
    }
  }

  @Test
  void findsTheNewestWhereAKillLeftNoPointerToIt() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder);
    assertTrue(checkpoints.isEmpty());
    try (TinyRun run = new TinyRun()) {
      BatchStream.Position start = TinyRun.batches(2, 2, DOCUMENTS).position();
      write(run, 1, start, 2);
      write(run, 2, start, 2);
    }
    Files.delete(folder.resolve("latest"));
    assertFalse(checkpoints.isEmpty());
    assertEquals(folder.resolve("step-00000002"), checkpoints.latest());
  }

  @Test
  void neverWritesWeightsUnderAnEarlierStep() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(4, 2, DOCUMENTS);
      run.trainer.step(batches.next());
      run.trainer.step(batches.next());
      assertThrows(IllegalStateException.class, () -> write(run, 1, batches.position(), 2));
    }
  }

  @Test
  void dropsTheCheckpointsOfATimelineThatIsLeft() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(2, 2, DOCUMENTS);
      for (int step = 1; step <= 3; step++) {
        write(run, step, batches.position(), 9);
      }
      CheckpointFolder checkpoints = new CheckpointFolder(folder);
      checkpoints.removeAfter(1);
      assertEquals(List.of("step-00000001"), checkpoints.names());
    }
  }

  @Test
  void keepsTheBestBesideTheNewest() {
    CheckpointFolder checkpoints = new CheckpointFolder(folder);
    try (TinyRun run = new TinyRun()) {
      BatchStream.Position start = TinyRun.batches(2, 2, DOCUMENTS).position();
      double[] losses = {5, 3, 4, Double.NaN, 6};
      for (int step = 1; step <= losses.length; step++) {
        write(run, step, start, 2, losses[step - 1]);
      }
      assertEquals(List.of("step-00000002", "step-00000004", "step-00000005"), checkpoints.names());
      assertEquals(folder.resolve("step-00000002"), checkpoints.named("best", broken -> {}));
      write(run, 6, start, 2, 2.5);
      assertEquals(folder.resolve("step-00000006"), checkpoints.named("best", broken -> {}));
      assertEquals(List.of("step-00000005", "step-00000006"), checkpoints.names());
      checkpoints.removeAfter(5);
      assertEquals(folder.resolve("step-00000005"), checkpoints.named("best", broken -> {}));
      assertEquals(folder.resolve("step-00000005"), checkpoints.latest());
    }
  }

  @Test
  void findsTheNewestThatIsWholeAndNamesWhatIsBroken() throws IOException {
    CheckpointFolder checkpoints = new CheckpointFolder(folder);
    try (TinyRun run = new TinyRun()) {
      BatchStream.Position start = TinyRun.batches(2, 2, DOCUMENTS).position();
      for (int step = 1; step <= 3; step++) {
        write(run, step, start, 3);
      }
    }
    Path dense = folder.resolve("step-00000003/dense.safetensors");
    byte[] bytes = Files.readAllBytes(dense);
    bytes[bytes.length / 2] ^= 1;
    Files.write(dense, bytes);
    Files.delete(folder.resolve("step-00000002/tokenizer.json"));
    List<String> broken = new ArrayList<>();
    assertEquals(folder.resolve("step-00000001"), checkpoints.named("latest-good", broken::add));
    assertTrue(
        broken.get(0).contains("step-00000003/dense.safetensors has changed"), broken.get(0));
    assertTrue(broken.get(1).contains("step-00000002/tokenizer.json is missing"), broken.get(1));
    Files.delete(folder.resolve("step-00000001/routes.safetensors"));
    assertThrows(UserException.class, () -> checkpoints.named("latest-good", b -> {}));
  }

  @Test
  void estimatesTheSizeOfACheckpointFromAbove() throws IOException {
    Path written;
    try (TinyRun run = new TinyRun()) {
      written = write(run, 1, TinyRun.batches(2, 2, DOCUMENTS).position(), 2);
    }
    long bytes = 0;
    try (Stream<Path> files = Files.list(written)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    long estimate = CheckpointSize.estimate(TinyRun.SHAPE, ElementType.FLOAT32, 0);
    assertTrue(estimate > bytes && estimate < 2 * bytes + (2 << 20), bytes + " " + estimate);
  }

  /** Every file in turn: one byte changed, the last byte missing, the whole file missing. */
  @Test
  void noticesEveryDamageAndNamesTheFile() throws IOException {
    Path written;
    try (TinyRun run = new TinyRun()) {
      written = write(run, 1, TinyRun.batches(2, 2, DOCUMENTS).position(), 2);
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(written)) {
      files = all.sorted().toList();
    }
    assertTrue(files.size() > 5, "files " + files);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      byte[] changed = bytes.clone();
      changed[bytes.length - 3] ^= 4;
      for (byte[] damaged : new byte[][] {changed, Arrays.copyOf(bytes, bytes.length - 1), null}) {
        if (damaged == null) {
          Files.delete(file);
        } else {
          Files.write(file, damaged);
        }
        String message =
            assertThrows(RuntimeException.class, () -> readWhole(written)).getMessage();
        String name = file.getFileName().toString().replaceFirst("manifest\\..*", "manifest");
        assertTrue(
            message.contains(name) || message.contains("There is no checkpoint at"), message);
        assertThrows(RuntimeException.class, () -> Checkpoint.open(written).verify());
        Files.write(file, bytes);
      }
    }
    readWhole(written);
  }

  @Test
  void refusesANewerFormatAndWhatIsNoCheckpoint() throws IOException {
    Path written;
    try (TinyRun run = new TinyRun()) {
      written = write(run, 1, TinyRun.batches(2, 2, DOCUMENTS).position(), 2);
    }
    Path manifest = written.resolve("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(
        manifest,
        text.replace("\"formatVersion\" : " + Manifest.FORMAT_VERSION, "\"formatVersion\" : 99"));
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(written)).getMessage();
    assertTrue(message.contains("99"), message);
    Files.writeString(manifest, text.substring(0, text.length() / 2));
    assertThrows(CheckpointException.class, () -> Checkpoint.open(written));
    assertThrows(UserException.class, () -> Checkpoint.open(folder.resolve("missing")));
  }

  @Test
  void believesNoLengthInAHeader() throws IOException {
    Path file = folder.resolve("lies.safetensors");
    String[] headers = {
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,17]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"Q8\",\"shape\":[4],\"data_offsets\":[0,16]}}",
      "not JSON"
    };
    for (String header : headers) {
      writeFile(file, header.length(), header);
      assertThrows(CheckpointException.class, () -> new SafetensorsReader(file), header);
    }
    for (long length : new long[] {-1, 1, 1L << 40, Long.MAX_VALUE}) {
      writeFile(file, length, headers[0]);
      assertThrows(CheckpointException.class, () -> new SafetensorsReader(file));
    }
    Files.write(file, new byte[5]);
    assertThrows(CheckpointException.class, () -> new SafetensorsReader(file));
  }

  private static void writeFile(Path file, long headerLength, String header) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + 16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(headerLength).put(header.getBytes(StandardCharsets.UTF_8));
    Files.write(file, bytes.array());
  }

  private static void readWhole(Path checkpoint) {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Checkpoint opened = Checkpoint.open(checkpoint);
      opened.tokenizer();
      opened.load(memory);
    }
  }

  private Path write(TinyRun run, long step, BatchStream.Position position, int keep) {
    return write(run, step, position, keep, 9.0 - step);
  }

  private Path write(
      TinyRun run, long step, BatchStream.Position position, int keep, double heldOut) {
    TrainingState state =
        new TrainingState(
            run.model,
            step,
            100 * step,
            1.5,
            new StepHistory(List.of(3.25, 0.1), List.of(1e-3, 7.0)),
            List.of(9L),
            1,
            List.of("a", "b"),
            "kernels",
            "seed = 1",
            "{\"tokenizer\": true}",
            77,
            position,
            Map.of("a", heldOut));
    return new CheckpointFolder(folder).write(state, keep);
  }
}

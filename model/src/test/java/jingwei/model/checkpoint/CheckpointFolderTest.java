package jingwei.model.checkpoint;

import static jingwei.model.checkpoint.WrittenCheckpoints.keep;
import static jingwei.model.checkpoint.WrittenCheckpoints.makeUnreadable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import jingwei.model.UserException;
import jingwei.model.checkpoint.WritableCheckpointFolder.Keep;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointFolderTest {
  @TempDir private Path folder;
  private CheckpointFolder checkpoints;
  private WrittenCheckpoints written;

  @BeforeEach
  void setUp() {
    checkpoints = new CheckpointFolder(folder);
    written = new WrittenCheckpoints(folder);
  }

  @Test
  void namesTheNewestAndKeepsTheConfiguredNumberAndUserFiles() throws IOException {
    Files.createDirectories(folder.resolve("mine"));
    Files.writeString(folder.resolve("mine/manifest.json"), "{}");
    try (TinyRun run = new TinyRun()) {
      for (int step = 1; step <= 4; step++) {
        written.write(run, step, keep(2));
      }
      written.write(run, 4, keep(2));
    }
    assertEquals(List.of("mine", "step-00000003", "step-00000004"), checkpoints.names());
    assertEquals(4, stepOf("latest"));
    assertThrows(UserException.class, () -> checkpoints.open("step-00000001", broken -> {}));
    for (String name : List.of("../x", "", ".", "a/b")) {
      assertThrows(UserException.class, () -> checkpoints.open(name, broken -> {}), name);
    }
  }

  @Test
  void sortsStepsAsNumbers() throws IOException {
    written.writeSteps(3);
    Files.move(written.step(1), folder.resolve("step-99999999"));
    Files.move(written.step(2), folder.resolve("step-100000000"));
    Files.move(written.step(3), folder.resolve("step-20"));
    Files.createDirectories(folder.resolve("step-9999999999999999999999"));
    Files.delete(folder.resolve("latest"));
    assertEquals(
        List.of("step-20", "step-99999999", "step-100000000"),
        checkpoints.names(),
        "a number that no step has is no step");
    try (Checkpoint latest = checkpoints.open("latest", broken -> {})) {
      assertTrue(latest.folder().endsWith("step-100000000"));
    }
    assertEquals(List.of("step-100000000"), written.writing.after(99999999));
  }

  @Test
  void ignoresIncompleteCheckpoints() throws IOException {
    written.writeSteps(1);
    Files.createDirectories(folder.resolve("step-00000002.partial"));
    Files.writeString(folder.resolve("step-00000002.partial/manifest.json"), "{}");
    assertEquals(List.of("step-00000001"), checkpoints.names());
    written.writeSteps(2);
    assertEquals(List.of("step-00000001", "step-00000002"), checkpoints.names());
    assertFalse(Files.exists(folder.resolve("step-00000002.partial")));
  }

  /**
   * After a kill between two renames, a reader finds the checkpoint without changing files, and the
   * writer repairs the folder.
   */
  @Test
  void readsACheckpointWhoseReplacementWasNeverFinished() throws IOException {
    written.writeSteps(3);
    Path moved = folder.resolve("step-00000003.replaced");
    Files.move(written.step(3), moved);
    List<Path> before = tree();
    for (String name : List.of("latest", "best", "latest-good", "step-00000003")) {
      assertEquals(3, stepOf(name), name);
    }
    WrittenCheckpoints.readWhole(folder.resolve("step-00000002"));
    assertEquals(before, tree());
    written.writing.moveAfter(3, () -> folder);
    assertTrue(Files.exists(written.step(3)) && !Files.exists(moved));
  }

  @Test
  void findsTheNewestWithoutAPointer() throws IOException {
    assertTrue(checkpoints.isEmpty());
    written.writeSteps(2);
    Files.delete(folder.resolve("latest"));
    assertFalse(checkpoints.isEmpty());
    assertEquals(2, stepOf("latest"));
  }

  @Test
  void keepsTheBestBesideTheNewest() {
    try (TinyRun run = new TinyRun()) {
      var start = TinyRun.batches(2, 2, WrittenCheckpoints.DOCUMENTS).position();
      double[] losses = {5, 3, 4, Double.NaN, 6};
      for (int step = 1; step <= losses.length; step++) {
        written.write(run, step, start, keep(2), losses[step - 1]);
      }
      assertEquals(List.of("step-00000002", "step-00000004", "step-00000005"), checkpoints.names());
      assertEquals(2, stepOf("best"));
      written.write(run, 6, start, keep(2), 2.5);
      assertEquals(6, stepOf("best"));
      assertEquals(List.of("step-00000005", "step-00000006"), checkpoints.names());
    }
  }

  /** Otherwise a run that was stopped between two due steps could only roll back to its start. */
  @Test
  void keepsTheCheckpointThatARollbackGoesBackTo() {
    try (TinyRun run = new TinyRun()) {
      Keep rollingBack = new Keep(1, OptionalLong.of(4));
      var start = TinyRun.batches(2, 2, WrittenCheckpoints.DOCUMENTS).position();
      for (int step : new int[] {4, 5, 7}) {
        written.write(run, step, start, rollingBack, Double.NaN);
      }
      assertEquals(List.of("step-00000004", "step-00000007"), checkpoints.names());
      written.write(run, 8, start, rollingBack, Double.NaN);
      assertEquals(List.of("step-00000008"), checkpoints.names());
    }
  }

  @Test
  void findsTheNewestUndamagedCheckpointAndNamesTheDamage() throws IOException {
    written.writeSteps(3);
    Path dense = written.step(3).resolve("dense.safetensors");
    byte[] bytes = Files.readAllBytes(dense);
    bytes[bytes.length / 2] ^= 1;
    Files.write(dense, bytes);
    Files.delete(written.step(2).resolve("tokenizer.json"));
    List<String> broken = new ArrayList<>();
    try (Checkpoint good = checkpoints.open("latest-good", broken::add)) {
      assertEquals(1, good.manifest().step());
    }
    assertTrue(
        broken.get(0).contains("step-00000003/dense.safetensors has changed"), broken.get(0));
    assertTrue(broken.get(1).contains("step-00000002/tokenizer.json is missing"), broken.get(1));
    Files.delete(written.step(1).resolve("routes.safetensors"));
    assertThrows(UserException.class, () -> checkpoints.open("latest-good", b -> {}));
  }

  /** An unreadable checkpoint is not skipped, since it may be the newest good one. */
  @ParameterizedTest
  @ValueSource(
      strings = {"dense.safetensors", "manifest.json", "manifest.crc32c", "routes.safetensors"})
  void takesNoUnreadableFileForABrokenOne(String file) throws IOException {
    written.writeSteps(3);
    makeUnreadable(written.step(3).resolve(file));
    List<Path> before = tree();
    for (String name : List.of("latest", "latest-good", "best", "step-00000003")) {
      String message =
          assertThrows(
                  UnreadableCheckpointException.class,
                  () -> checkpoints.open(name, broken -> {}).verify(),
                  name)
              .getMessage();
      assertTrue(message.contains(file), message);
    }
    assertEquals(before, tree());
  }

  @Test
  void doesNotTakeAFailedListingForAnEmptyFolder() throws IOException {
    Path unreadable = folder.resolve("unreadable");
    Files.createFile(unreadable);
    makeUnreadable(unreadable);
    CheckpointFolder failing = new CheckpointFolder(unreadable);
    assertThrows(UnreadableCheckpointException.class, failing::isEmpty);
    assertThrows(UnreadableCheckpointException.class, failing::names);
    assertThrows(UnreadableCheckpointException.class, () -> failing.latestGood(9, b -> {}));
    assertThrows(
        UnreadableCheckpointException.class,
        () -> new WritableCheckpointFolder(unreadable).moveAfter(0, () -> folder));
    assertTrue(new CheckpointFolder(folder.resolve("missing")).isEmpty());
  }

  @Test
  void namesThePointerFileThatNamesNoCheckpoint() throws IOException {
    written.writeSteps(1);
    for (String content : List.of("", "../../somewhere", "step-1x", "\u0000")) {
      Files.writeString(folder.resolve("latest"), content);
      String message =
          assertThrows(CheckpointException.class, () -> checkpoints.open("latest", b -> {}))
              .getMessage();
      assertTrue(message.contains("latest names no checkpoint"), message);
    }
  }

  @Test
  void movesLaterCheckpointsAwayAndBack() throws IOException {
    written.writeSteps(3);
    Path aside = Files.createDirectories(folder.resolve("aside"));
    written.writing.moveAfter(1, () -> aside);
    assertEquals(List.of("step-00000001"), checkpoints.names());
    assertEquals(1, stepOf("latest"));
    assertEquals(1, stepOf("best"));
    assertEquals(List.of("step-00000002", "step-00000003"), new CheckpointFolder(aside).names());
    written.writing.moveBack(aside, Long.MAX_VALUE);
    assertEquals(3, checkpoints.names().size());
    assertEquals(3, stepOf("latest"));
    assertEquals(3, stepOf("best"));
    written.writing.moveAfter(0, () -> aside);
    assertTrue(checkpoints.isEmpty());
  }

  /** A reader never waits, fails or writes while a run saves continuously. */
  @Test
  @Timeout(120)
  void readsWhileARunSavesContinuously() throws Exception {
    written.writeSteps(1);
    CompletableFuture<Void> saving =
        CompletableFuture.runAsync(
            () -> {
              try (TinyRun run = new TinyRun()) {
                for (int step = 1; step <= 60; step++) {
                  written.write(run, step / 2 + 1, keep(1));
                }
              }
            });
    int read = 0;
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      while (!saving.isDone()) {
        for (String name : List.of("latest", "best", "latest-good")) {
          try (Checkpoint opened =
              checkpoints.open(name, broken -> assertFalse(true, "skipped: " + broken))) {
            opened.verify();
            opened.load(memory);
            read++;
          }
        }
      }
    }
    saving.get();
    assertTrue(read > 2, "read " + read);
    assertEquals(31, stepOf("latest"));
  }

  private long stepOf(String name) {
    try (Checkpoint opened = checkpoints.open(name, broken -> assertFalse(true, broken))) {
      opened.verify();
      return opened.manifest().step();
    }
  }

  private List<Path> tree() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }
}

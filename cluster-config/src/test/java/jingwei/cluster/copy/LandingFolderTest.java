package jingwei.cluster.copy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.SmallRun;
import jingwei.model.checkpoint.Checkpoint;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A copy of a real run, without the actors that carry it. */
@Timeout(60)
class LandingFolderTest {
  @TempDir static Path trained;
  @TempDir Path folder;
  private Path source;
  private Path copy;

  @BeforeAll
  static void train() {
    new SmallRun(trained).run("one", FaultPlan.none());
  }

  @BeforeEach
  void setUp() throws IOException {
    source = folder.resolve("one");
    copy = folder.resolve("copies/one");
    try (Stream<Path> all = Files.walk(trained.resolve("one"))) {
      for (Path path : all.toList()) {
        Files.copy(path, source.resolve(trained.resolve("one").relativize(path).toString()));
      }
    }
    Files.writeString(source.resolve("session.json"), "{\"led\": {\"epoch\": 3}}");
  }

  @Test
  void aCopyHasAllCheckpointsAndLinesAndTheRecord() throws IOException {
    copyAll();

    for (String file : List.of("metrics.jsonl", "ledger.jsonl", "config.conf", "session.json")) {
      assertEquals(-1, Files.mismatch(source.resolve(file), copy.resolve(file)), file);
    }
    assertEquals(HeldSession.checkpoints(source), HeldSession.checkpoints(copy));
    assertEquals(List.of(new HeldSession("one", 3, 8)), HeldSession.in(folder.resolve("copies")));
    try (Checkpoint latest = Checkpoint.open(copy)) {
      latest.verify();
      assertEquals(8, latest.manifest().step());
    }
    assertFalse(Files.exists(copy.resolve(".copy")));
  }

  @Test
  void otherFilesAndDamagedRecordsAreNoSessions() throws IOException {
    Files.createDirectory(folder.resolve("damaged"));
    Files.writeString(folder.resolve("damaged/session.json"), "{");
    Files.writeString(folder.resolve("en.txt"), "text");

    assertEquals(List.of(new HeldSession("one", 3, 8)), HeldSession.in(folder));
  }

  @Test
  void theRecordComesRightAfterTheNewestCheckpoint() throws IOException {
    try (Snapshot snapshot = Snapshot.open(source)) {
      List<String> paths = snapshot.files().stream().map(CopiedFile::path).toList();
      int record = paths.indexOf("session.json");

      assertTrue(paths.get(record - 1).startsWith("checkpoints/step-00000008/"), paths.toString());
      assertTrue(paths.get(record + 1).startsWith("checkpoints/step-00000006/"), paths.toString());
      assertTrue(paths.indexOf("metrics.jsonl") < record);
    }
  }

  @Test
  void onlyNewLinesAndCheckpointsAreSentAgain() throws IOException {
    long all = copyAll();
    Files.writeString(source.resolve("metrics.jsonl"), "{}\n", StandardOpenOption.APPEND);
    assertEquals(3, copyAll());
    assertEquals(0, copyAll());
    assertTrue(all > 10_000);
  }

  @Test
  void linesThatWereRemovedAtTheSourceAreReplaced() throws IOException {
    copyAll();
    Files.writeString(source.resolve("metrics.jsonl"), "{\"step\": 1}\n".repeat(2000));
    Files.writeString(source.resolve("ledger.jsonl"), "");
    copyAll();

    assertEquals(
        -1, Files.mismatch(source.resolve("metrics.jsonl"), copy.resolve("metrics.jsonl")));
    assertEquals(0, Files.size(copy.resolve("ledger.jsonl")));
  }

  @Test
  void aCheckpointThatTheSourceDoesNotHaveIsRemoved() throws IOException {
    copyAll();
    try (var files = Files.list(source.resolve("checkpoints/step-00000008"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(source.resolve("checkpoints/step-00000008"));
    copyAll();

    assertEquals(HeldSession.checkpoints(source), HeldSession.checkpoints(copy));
    try (Checkpoint latest = Checkpoint.open(copy)) {
      assertEquals(6, latest.manifest().step());
    }
  }

  /** The transfer is cut after each file in turn. */
  @Test
  void aCutTransferLeavesNoCheckpointAndNoRecordThatIsNotComplete() throws IOException {
    int files;
    try (Snapshot snapshot = Snapshot.open(source)) {
      files = snapshot.files().size();
    }
    for (int cut = 0; cut < files; cut++) {
      copy = folder.resolve("cut-%d/one".formatted(cut));
      copyUntil(cut, FilePart.MOST_BYTES);

      for (String checkpoint : HeldSession.checkpoints(copy)) {
        try (Checkpoint complete = Checkpoint.open(copy.resolve("checkpoints/" + checkpoint))) {
          complete.verify();
        }
      }
      boolean hasNewest = HeldSession.checkpoints(copy).contains("step-00000008");
      assertTrue(hasNewest || !Files.exists(copy.resolve("session.json")));
    }
  }

  @Test
  void aDamagedFileIsNotTaken() throws IOException {
    Path shard = source.resolve("checkpoints/step-00000008/dense.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);

    assertThrows(IllegalStateException.class, this::copyAll);
    assertEquals(List.of(), HeldSession.checkpoints(copy));
    assertFalse(Files.exists(copy.resolve("session.json")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../x",
        "/etc/passwd",
        "checkpoints/../../x",
        "checkpoints/step-1/..",
        "checkpoints/step-1/a/b",
        "run.lock",
        "checkpoints/latest",
        ".copy/metrics.jsonl"
      })
  void aPathThatIsNoFileOfASessionIsRefused(String path) {
    List<CopiedFile> files = List.of(new CopiedFile(path, 1, 0));

    assertThrows(IOException.class, () -> new LandingFolder(copy, files));
    assertFalse(Files.exists(copy));
  }

  private long copyAll() throws IOException {
    return copyUntil(Integer.MAX_VALUE, 1000);
  }

  /** Copies whole files in front of one, and half of that one; returns the bytes that were sent. */
  private long copyUntil(int cut, int part) throws IOException {
    long sent = 0;
    try (Snapshot snapshot = Snapshot.open(source);
        LandingFolder landing = new LandingFolder(copy, snapshot.files())) {
      for (int file = 0; file < snapshot.files().size(); file++) {
        if (!landing.has(file)) {
          long end = snapshot.files().get(file).bytes() / (file == cut ? 2 : 1);
          sent += send(snapshot, landing, file, new Range(true, end), part);
          if (file == cut) {
            return sent;
          }
          if (!landing.finish(file)) {
            sent += send(snapshot, landing, file, new Range(false, end), part);
            if (!landing.finish(file)) {
              throw new IllegalStateException("checksum");
            }
          }
        }
      }
      landing.end();
    }
    return sent;
  }

  private record Range(boolean mayGoOn, long end) {}

  private static long send(
      Snapshot snapshot, LandingFolder landing, int file, Range range, int part)
      throws IOException {
    long from = landing.begin(file, range.mayGoOn);
    for (long at = from; at < range.end; at += part) {
      landing.add(snapshot.read(file, at, (int) Math.min(part, range.end - at)));
    }
    return Math.max(0, range.end - from);
  }
}

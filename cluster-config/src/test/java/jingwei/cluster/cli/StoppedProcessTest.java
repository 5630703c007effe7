package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is paused for longer than the deadline continues. */
class StoppedProcessTest {
  @TempDir private Path folder;

  @Test
  void continuesAfterItWasPaused() throws Exception {
    KilledRuns runs = new KilledRuns(folder, 60, "deadline=2 s", "checkpoint.every=100");
    Path run = folder.resolve("run");
    Process process = runs.start(run, new TinyCommands(folder).writeTexts());
    runs.stopFor(process, run, 5);
    assertEquals(0, process.waitFor(), () -> "see " + folder.resolve("output"));
    assertEquals(60, Files.readAllLines(run.resolve("metrics.jsonl")).size());
  }
}

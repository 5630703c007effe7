package jingwei.model.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepLogTest {
  @TempDir private Path folder;

  @Test
  void keepsTheLinesUpToAStep() throws IOException {
    Path file = write("{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n{\"step\":3}\n");
    StepLog.truncateAfter(file, 2);
    assertEquals("{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n", Files.readString(file));
  }

  @Test
  void dropsALineThatWasCutShortEvenInsideACharacter() throws IOException {
    for (String tail :
        List.of("{\"step\":2", "{\"step\":2,\"name\":\"\u00e4", "not JSON\n{\"step\":2}\n")) {
      Path file = folder.resolve("cut.jsonl");
      Files.write(file, ("{\"step\":1}\n" + tail).getBytes(StandardCharsets.ISO_8859_1));
      StepLog.truncateAfter(file, 5);
      assertEquals("{\"step\":1}\n", Files.readString(file));
    }
  }

  @Test
  void leavesAMissingFileMissing() {
    StepLog.truncateAfter(folder.resolve("missing.jsonl"), 5);
    assertFalse(Files.exists(folder.resolve("missing.jsonl")));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("steps.jsonl"), text);
  }
}

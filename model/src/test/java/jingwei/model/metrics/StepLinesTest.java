package jingwei.model.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepLinesTest {
  @TempDir private Path folder;
  private Path file;
  private Path moved;
  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void setUp() {
    file = folder.resolve("steps.jsonl");
    moved = folder.resolve("moved.jsonl");
  }

  @Test
  void movesTheLinesOfLaterSteps() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n{\"step\":3}\n");
    assertEquals(new StepLines.Moved(1, 0), moveAfter(2));
    assertEquals("{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n", Files.readString(file));
    assertEquals("{\"step\":3}\n", Files.readString(moved));
    new StepLines(file).append(moved);
    assertTrue(Files.readString(file).endsWith("\"}\n{\"step\":3}\n"));
  }

  @Test
  void makesNoFileWhereNothingIsMoved() throws IOException {
    Files.writeString(file, "{\"step\":1}\n");
    assertEquals(StepLines.Moved.NOTHING, moveAfter(1));
    assertFalse(Files.exists(moved));
    StepLines missing = new StepLines(folder.resolve("missing"));
    assertEquals(StepLines.Moved.NOTHING, missing.copyAfter(1, () -> moved, warnings::add));
    missing.dropAfter(1);
    assertFalse(Files.exists(folder.resolve("missing")));
    new StepLines(file).append(folder.resolve("missing"));
    assertEquals("{\"step\":1}\n", Files.readString(file));
  }

  /** Whatever damages a line costs that line, and no other one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "   ",
        "not JSON",
        "{\"step\":2",
        "{\"step\":\"2\"}",
        "{\"step\":-4}",
        "{\"steps\":2}",
        "[2]",
        "2",
        "\u0000\u0000\u0000\u0000",
        "\"step\":2}{\"step\":3}"
      })
  void losesADamagedLineAlone(String damaged) throws IOException {
    Files.writeString(file, "{\"step\":1}\n" + damaged + "\n{\"step\":3}\n{\"step\":4}\n");
    assertEquals(new StepLines.Moved(1, 1), moveAfter(3));
    assertEquals("{\"step\":1}\n{\"step\":3}\n", Files.readString(file));
    assertEquals(damaged + "\n{\"step\":4}\n", Files.readString(moved));
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().startsWith("line 2 of " + file), warnings.getFirst());
  }

  @Test
  void dropsALastLineThatWasCutShortEvenInsideACharacter() throws IOException {
    for (String tail : List.of("{\"step\":2", "{\"step\":2,\"name\":\"\u00e4", " ")) {
      Files.write(file, ("{\"step\":1}\n" + tail).getBytes(StandardCharsets.ISO_8859_1));
      assertEquals(StepLines.Moved.NOTHING, moveAfter(5));
      assertEquals("{\"step\":1}\n", Files.readString(file));
    }
    assertEquals(List.of(), warnings);
  }

  @Test
  void endsALastLineThatIsWhole() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":2}");
    assertEquals(StepLines.Moved.NOTHING, moveAfter(5));
    assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(file));
  }

  @Test
  void keepsLinesInWhateverOrderTheirStepsCome() throws IOException {
    Files.writeString(file, "{\"step\":5}\n{\"step\":1}\n{\"step\":9}\n{\"step\":2}\n");
    assertEquals(new StepLines.Moved(2, 0), moveAfter(4));
    assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(file));
    assertEquals("{\"step\":5}\n{\"step\":9}\n", Files.readString(moved));
  }

  private StepLines.Moved moveAfter(long step) throws IOException {
    StepLines lines = new StepLines(file);
    byte[] before = Files.readAllBytes(file);
    StepLines.Moved copied = lines.copyAfter(step, () -> moved, warnings::add);
    assertArrayEquals(before, Files.readAllBytes(file), "nothing leaves before it is elsewhere");
    lines.dropAfter(step);
    return copied;
  }
}

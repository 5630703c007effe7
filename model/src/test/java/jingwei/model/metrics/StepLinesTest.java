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
  private static final StepLines.Leaving NOTHING = new StepLines.Leaving(0, 0);

  @TempDir private Path folder;
  private Path file;
  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void setUp() {
    file = folder.resolve("steps.jsonl");
  }

  @Test
  void dropsTheLinesOfLaterSteps() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n{\"step\":3}\n");
    assertEquals(new StepLines.Leaving(1, 0), goBackTo(2));
    assertEquals("{\"step\":1}\n{\"step\":2,\"name\":\"\u4E8C\"}\n", Files.readString(file));
  }

  @Test
  void createsNoFileIfThereIsNone() throws IOException {
    StepLines missing = new StepLines(folder.resolve("missing"));
    assertEquals(NOTHING, missing.leaving(1, warnings::add));
    missing.dropAfter(1);
    assertFalse(Files.exists(folder.resolve("missing")));
  }

  @Test
  void copiesAFileOrKeepsTheExistingOne() throws IOException {
    Files.writeString(file, "{\"step\":1}\nnot JSON\n{\"st");
    Path copy = Files.writeString(folder.resolve("copy"), "something longer than the file is");
    StepLines.copy(folder.resolve("missing"), copy);
    assertEquals("something longer than the file is", Files.readString(copy));
    StepLines.copy(file, copy);
    assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(copy));
  }

  /** A damaged line is dropped alone, whatever the damage. */
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
    assertEquals(new StepLines.Leaving(1, 1), goBackTo(3));
    assertEquals("{\"step\":1}\n{\"step\":3}\n", Files.readString(file));
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().startsWith("line 2 of " + file), warnings.getFirst());
  }

  @Test
  void dropsALastLineThatWasCutShortEvenInsideACharacter() throws IOException {
    for (String tail : List.of("{\"step\":2", "{\"step\":2,\"name\":\"\u00e4", " ")) {
      Files.write(file, ("{\"step\":1}\n" + tail).getBytes(StandardCharsets.ISO_8859_1));
      assertEquals(NOTHING, goBackTo(5));
      assertEquals("{\"step\":1}\n", Files.readString(file));
    }
    assertEquals(List.of(), warnings);
  }

  @Test
  void addsTheLineEndOfACompleteLastLine() throws IOException {
    Files.writeString(file, "{\"step\":1}\n{\"step\":2}");
    assertEquals(NOTHING, goBackTo(5));
    assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(file));
  }

  @Test
  void keepsLinesInAnyOrderOfSteps() throws IOException {
    Files.writeString(file, "{\"step\":5}\n{\"step\":1}\n{\"step\":9}\n{\"step\":2}\n");
    assertEquals(new StepLines.Leaving(2, 0), goBackTo(4));
    assertEquals("{\"step\":1}\n{\"step\":2}\n", Files.readString(file));
  }

  private StepLines.Leaving goBackTo(long step) throws IOException {
    StepLines lines = new StepLines(file);
    byte[] before = Files.readAllBytes(file);
    StepLines.Leaving leaving = lines.leaving(step, warnings::add);
    assertArrayEquals(before, Files.readAllBytes(file), "counting changes nothing");
    lines.dropAfter(step);
    return leaving;
  }
}

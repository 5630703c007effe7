package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
  private long now;

  @Test
  void printsALineEveryFiveSeconds() {
    TokenProgress progress = new TokenProgress(out, 0, () -> now, 12_000);
    for (int second = 1; second <= 11; second++) {
      now = second * SECOND;
      progress.accept(1000);
    }
    progress.end();
    assertEquals(
        """
        evaluated 5000 of 12000 tokens | 1000 tokens/s | 0:07 left
        evaluated 10000 of 12000 tokens | 1000 tokens/s | 0:02 left
        """,
        written.toString(StandardCharsets.UTF_8));
  }

  @Test
  void drawsOneLineOnATerminalAndErasesIt() {
    TokenProgress progress = new TokenProgress(out, 80, () -> now, 300);
    now = SECOND;
    progress.accept(100);
    progress.end();
    assertEquals(
        "\r\u001B[Kevaluated 100 of 300 tokens | 100 tokens/s | 0:02 left\r\u001B[K",
        written.toString(StandardCharsets.UTF_8));
  }

  @Test
  void printsNothingForAShortEvaluation() {
    for (int columns : new int[] {0, 80}) {
      TokenProgress progress = new TokenProgress(out, columns, () -> now, 300);
      progress.accept(300);
      progress.end();
    }
    assertEquals("", written.toString(StandardCharsets.UTF_8));
  }
}

package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A senseless option ends in one sentence, before anything is measured. */
class MainTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ecss --rounds 0",
        "ecss --only E9",
        "ecss --picture no/such/folder/ecss.svg",
        "ecss --no-such-option",
        "cluster --rounds 0",
        "cluster --steps 10 --first 10",
        "cluster --only nothing",
        "study nothing",
        "study routing --only delay=0",
        "study staleness --steps 0",
        "study staleness --picture no/such/folder/curves.svg",
        "transport --rounds 0",
        "transport --bandwidth abc",
        "transport --bandwidth 1MB"
      })
  void saysInOneSentenceWhatIsWrong(String command) {
    PrintStream before = System.err;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    int exitCode;
    try {
      exitCode = Main.run(command.split(" "));
    } finally {
      System.setErr(before);
    }
    String said = bytes.toString(StandardCharsets.UTF_8);
    assertEquals(2, exitCode, said);
    assertEquals(1, said.lines().count(), said);
    assertFalse(said.isBlank());
  }
}

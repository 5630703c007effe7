package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

/** Input and output are complete UTF-8, or an error says why not. */
class StandardStreamsTest {
  private static final String TEXT = "精卫 é 😀";

  @Test
  void readsUtf8() {
    assertEquals(TEXT, StandardInput.text(TEXT.getBytes(StandardCharsets.UTF_8)));
    assertEquals("", StandardInput.text(new byte[0]));
    assertEquals("\uFFFD", StandardInput.text("\uFFFD".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void refusesOtherBytesAndNamesTheirOffset() {
    byte[] latin1 = "caf\u00E9 x".getBytes(StandardCharsets.ISO_8859_1);
    UserException refused =
        assertThrows(UserException.class, () -> StandardInput.text(latin1).length());
    assertTrue(refused.getMessage().contains("byte 4 is 0xe9"), refused.getMessage());
    byte[] cut = {'a', (byte) 0xE7, (byte) 0xB2};
    UserException ended = assertThrows(UserException.class, () -> StandardInput.text(cut).length());
    assertTrue(ended.getMessage().contains("byte 2 is 0xe7"), ended.getMessage());
  }

  @Test
  void refusesArgumentsThatJavaCouldNotRead() {
    UserException refused =
        assertThrows(
            UserException.class, () -> Utf8Arguments.require("encode", "\uFFFD\uFFFD", "x"));
    assertTrue(refused.getMessage().startsWith("Argument 2,"), refused.getMessage());
    assertDoesNotThrow(() -> Utf8Arguments.require("encode", TEXT));
  }

  @Test
  void acceptsTheReplacementCharacterInAnArgument() {
    byte[] commandLine = ("java\0\uFFFD\0" + TEXT).getBytes(StandardCharsets.UTF_8);
    assertArrayEquals(new String[] {"java", "\uFFFD", TEXT}, Utf8Arguments.decoded(commandLine));
    byte[] latin1 = "java\0caf\u00E9".getBytes(StandardCharsets.ISO_8859_1);
    assertArrayEquals(new String[] {"java", ""}, Utf8Arguments.decoded(latin1));
  }

  @Test
  void reportsLostOutput() {
    StandardOutput output = new StandardOutput(failing("No space left on device"));
    output.printer().print("a result");
    assertEquals(Commands.FAULT, Main.withOutput(output, Commands.DONE));
    assertEquals(Commands.USER_MISTAKE, Main.withOutput(output, Commands.USER_MISTAKE));
    assertEquals(Optional.of("No space left on device"), output.failure());
  }

  @Test
  void ignoresAPipeThatItsReaderClosed() {
    StandardOutput output = new StandardOutput(failing("Broken pipe"));
    output.printer().println("a result");
    assertEquals(Commands.DONE, Main.withOutput(output, Commands.DONE));
  }

  @Test
  void writesUtf8() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    StandardOutput output = new StandardOutput(written);
    output.printer().print(TEXT);
    assertEquals(Commands.DONE, Main.withOutput(output, Commands.DONE));
    assertEquals(TEXT, written.toString(StandardCharsets.UTF_8));
  }

  private static OutputStream failing(String reason) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(reason);
      }
    };
  }
}

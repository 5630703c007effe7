package jingwei.cluster.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jingwei.model.UserException;

/** Detects arguments that Java could not decode: it silently replaces invalid bytes by U+FFFD. */
final class Utf8Arguments {
  private static final String UNREADABLE = "\uFFFD";

  private Utf8Arguments() {}

  /**
   * Checks that Java has decoded all arguments correctly.
   *
   * @throws UserException naming the number of the first wrong argument
   */
  static void require(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].contains(UNREADABLE) && !Arrays.asList(given()).contains(arguments[i])) {
        throw new UserException(
            "Argument %d, '%s', cannot be read as UTF-8; write it in UTF-8, and set LC_ALL to an installed UTF-8 locale ('locale -a' lists them)."
                .formatted(i + 1, arguments[i]));
      }
    }
  }

  /** The valid UTF-8 arguments of this process, if the system provides them. */
  private static String[] given() {
    try {
      return decoded(Files.readAllBytes(Path.of("/proc/self/cmdline")));
    } catch (IOException e) {
      return new String[0];
    }
  }

  /** Splits a command line at zero bytes and returns the parts that are valid UTF-8. */
  static String[] decoded(byte[] commandLine) {
    // Latin-1 maps each byte to one character, so the parts keep their bytes.
    return Arrays.stream(new String(commandLine, StandardCharsets.ISO_8859_1).split("\0", -1))
        .map(part -> part.getBytes(StandardCharsets.ISO_8859_1))
        .map(Utf8Arguments::textOrEmpty)
        .toArray(String[]::new);
  }

  private static String textOrEmpty(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "";
    }
  }
}

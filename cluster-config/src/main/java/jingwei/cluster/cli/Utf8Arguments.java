package jingwei.cluster.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jingwei.model.UserException;

/**
 * Java puts U+FFFD in the place of every byte of an argument that it cannot read, and says nothing.
 */
final class Utf8Arguments {
  private static final String UNREADABLE = "\uFFFD";

  private Utf8Arguments() {}

  /**
   * Refuses arguments that Java has not read as they were given.
   *
   * @throws UserException with the number of the argument
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

  /** The arguments of this process that are UTF-8, where the system tells them. */
  private static String[] given() {
    try {
      return decoded(Files.readAllBytes(Path.of("/proc/self/cmdline")));
    } catch (IOException e) {
      return new String[0];
    }
  }

  /** The parts that are UTF-8, between zero bytes. */
  static String[] decoded(byte[] commandLine) {
    // One byte is one character here, so that the parts stay the bytes that they are.
    return Arrays.stream(new String(commandLine, StandardCharsets.ISO_8859_1).split("\0", -1))
        .map(part -> part.getBytes(StandardCharsets.ISO_8859_1))
        .map(Utf8Arguments::textOrNothing)
        .toArray(String[]::new);
  }

  private static String textOrNothing(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return "";
    }
  }
}

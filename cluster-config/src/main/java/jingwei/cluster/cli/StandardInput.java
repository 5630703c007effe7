package jingwei.cluster.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/** Standard input as text. */
final class StandardInput {
  private StandardInput() {}

  /**
   * All of standard input.
   *
   * @throws UserException if it cannot be read or is not UTF-8
   */
  static String text() {
    try {
      return text(System.in.readAllBytes());
    } catch (IOException e) {
      throw new UserException(
          "Standard input cannot be read (%s); give the text through a pipe, or as an argument."
              .formatted(IoReason.of(e)),
          e);
    }
  }

  static String text(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      throw new UserException(
          "Standard input is not UTF-8: byte %d is 0x%02x; convert the text to UTF-8, for instance with iconv."
              .formatted(in.position() + 1, bytes[in.position()]));
    }
    return out.flip().toString();
  }
}

package jingwei.model.corpus;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Decodes UTF-8 bytes without replacing anything. */
final class Utf8 {
  private static final char REPLACEMENT = '\uFFFD';

  private Utf8() {}

  /**
   * The text of some bytes.
   *
   * @param what name of the bytes, for the reason
   * @throws UnusableRow if they are not UTF-8
   */
  static String decode(byte[] bytes, int length, String what) throws UnusableRow {
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    // Decoding replaces what is wrong, so only a text with the replacement character needs a check.
    if (text.indexOf(REPLACEMENT) >= 0) {
      int wrong = firstWrongByte(bytes, length);
      if (wrong >= 0) {
        throw new UnusableRow(
            "%snot UTF-8: 0x%02x at byte %d".formatted(what, bytes[wrong], wrong));
      }
    }
    return text;
  }

  /** The index of the first byte that belongs to no character; negative if there is none. */
  private static int firstWrongByte(byte[] bytes, int length) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
    return decoder.decode(in, CharBuffer.allocate(length), true).isError() ? in.position() : -1;
  }
}

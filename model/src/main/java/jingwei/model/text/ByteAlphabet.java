package jingwei.model.text;

import java.util.Arrays;

/**
 * The printable characters that stand for the 256 bytes in a byte-level tokenizer file (the GPT-2
 * convention). A byte that is a printable Latin-1 character stands for itself; the others follow in
 * ascending order from U+0100 on.
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final short[] BYTES = new short[0x100 + 256];

  static {
    Arrays.fill(BYTES, (short) -1);
    int next = 0x100;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      CHARACTERS[value] = (char) (printable ? value : next++);
      BYTES[CHARACTERS[value]] = (short) value;
    }
  }

  private ByteAlphabet() {}

  /** Writes bytes as the characters that stand for them. */
  static String write(byte[] bytes) {
    char[] out = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      out[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(out);
  }

  /** Reads the bytes of a token; null if one of its characters stands for no byte. */
  static byte[] read(String token) {
    byte[] out = new byte[token.length()];
    for (int i = 0; i < out.length; i++) {
      char character = token.charAt(i);
      if (character >= BYTES.length || BYTES[character] < 0) {
        return null;
      }
      out[i] = (byte) BYTES[character];
    }
    return out;
  }
}

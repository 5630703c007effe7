package jingwei.model.text;

import java.util.function.ObjIntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How text is split into words before merging; a merge never crosses a word.
 *
 * <p>In every text, each character is in exactly one word and no word is longer than 32 characters,
 * so a line of 20 MB without a space costs as much as any other 20 MB. The expression means the
 * same here and in Oniguruma, the engine behind Hugging Face tokenizers. Han characters are
 * separate from Latin ones, in words of up to eight characters.
 */
final class WordPattern {
  private static final String HAN =
      "\\x{3400}-\\x{4DBF}\\x{4E00}-\\x{9FFF}\\x{F900}-\\x{FAFF}\\x{20000}-\\x{3FFFF}";

  /** The expression as it stands in a tokenizer file. */
  static final String REGEX =
      String.join(
          "|",
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}&&[^" + HAN + "]]{1,24}",
          "[" + HAN + "]{1,8}",
          "\\p{N}{1,3}",
          " ?[^\\s\\p{L}\\p{N}]{1,24}[\\r\\n]{0,7}",
          "\\s{0,24}[\\r\\n]{1,8}",
          "\\s{1,24}(?!\\S)",
          "\\s{1,24}");

  private static final Pattern PATTERN = Pattern.compile(REGEX, Pattern.UNICODE_CHARACTER_CLASS);

  private WordPattern() {}

  static Matcher words(CharSequence text) {
    return PATTERN.matcher(text);
  }

  /**
   * Passes on a text in pieces of at most {@code size} characters, each with its length in UTF-8. A
   * piece never ends inside a surrogate pair.
   */
  static void pieces(String text, int size, ObjIntConsumer<String> consumer) {
    int start = 0;
    while (start < text.length()) {
      int end = Math.min(text.length(), start + size);
      if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
        end++;
      }
      String piece = text.substring(start, end);
      consumer.accept(piece, utf8Length(piece));
      start = end;
    }
  }

  /**
   * The length of a text in UTF-8 bytes; an unpaired surrogate counts as one byte, as it is
   * encoded.
   */
  static int utf8Length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        bytes++;
      } else if (c < 0x800) {
        bytes += 2;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else {
        bytes += Character.isSurrogate(c) ? 1 : 3;
      }
    }
    return bytes;
  }
}

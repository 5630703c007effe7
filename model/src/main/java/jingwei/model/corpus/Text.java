package jingwei.model.corpus;

/** The form of a text that becomes a document. */
final class Text {
  static final String BYTE_ORDER_MARK = "\uFEFF";

  private Text() {}

  /**
   * Line ends become line feeds, and so do the control characters that end a line in Unicode
   * (vertical tab, form feed, FS, GS, RS, U+0085). Every other control character except the tab
   * becomes a blank. Such bytes stand between words (NUL and US as separators, quotes and dashes of
   * Windows-1252 read as Latin-1), so removing them would join two words. A byte order mark at the
   * start and blanks at both ends are removed.
   */
  static String clean(String text) {
    var out = new StringBuilder(text.length());
    for (int i = startOf(text); i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isISOControl(c)) {
        out.append(c);
      } else if (c != '\r' || i + 1 == text.length() || text.charAt(i + 1) != '\n') {
        out.append(replacement(c));
      }
    }
    return out.toString().strip();
  }

  /** Whether anything remains of a text after cleaning. */
  static boolean holdsAnything(String text) {
    for (int i = startOf(text); i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isISOControl(c) && !Character.isWhitespace(c)) {
        return true;
      }
    }
    return false;
  }

  private static int startOf(String text) {
    return text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  }

  private static char replacement(char control) {
    return switch (control) {
      case '\t' -> '\t';
      case '\n', '\r', 0x0B, '\f', 0x1C, 0x1D, 0x1E, 0x85 -> '\n';
      default -> ' ';
    };
  }

  /** Whether a text can be written in UTF-8: no surrogate stands alone. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** The length of a well-formed text in UTF-8. */
  static long utf8Length(String text) {
    long bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      // Each half of a surrogate pair stands for two of the four bytes.
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  static boolean holdsHan(String text) {
    return text.codePoints()
        .anyMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN);
  }
}

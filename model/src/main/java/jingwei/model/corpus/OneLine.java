package jingwei.model.corpus;

import java.nio.file.FileSystemException;
import jingwei.model.disk.IoReason;

/** Makes foreign text (names in a file, messages of libraries) fit into a sentence. */
final class OneLine {
  private static final int MAX_CHARS = 160;

  private OneLine() {}

  /** The text without line ends and control characters, cut if it is very long. */
  static String of(String text) {
    return of(text, MAX_CHARS);
  }

  static String of(String text, int maxChars) {
    var out = new StringBuilder();
    boolean gap = false;
    for (int i = 0; i < text.length() && out.length() < maxChars; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isWhitespace(c)) {
        gap = !out.isEmpty();
      } else {
        out.append(gap ? " " : "").append(c);
        gap = false;
      }
    }
    boolean isCut = out.length() >= maxChars && maxChars < text.length();
    if (isCut && Character.isHighSurrogate(out.charAt(out.length() - 1))) {
      out.setLength(out.length() - 1);
    }
    return isCut ? out + "..." : out.toString();
  }

  /** What is wrong according to a library: the message of its exception, or else its kind. */
  static String of(Throwable thrown) {
    if (thrown instanceof FileSystemException file) {
      return of(IoReason.withFile(file));
    }
    String message = thrown.getMessage();
    String kind = thrown.getClass().getSimpleName();
    if (message == null || message.isBlank()) {
      return kind;
    }
    return of(message);
  }
}

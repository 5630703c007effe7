package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.List;

/**
 * The parts of a Java source file.
 *
 * @param code the source without documentation comments and without the comment before its first
 *     declaration
 * @param documentation the documentation comments in their order, with their delimiters
 */
record JavaSource(String code, List<String> documentation) {
  JavaSource {
    documentation = List.copyOf(documentation);
  }

  static JavaSource of(String source) {
    return new Scanner(source).scan();
  }

  /** Recognises strings, characters and comments, and nothing else of Java. */
  private static final class Scanner {
    private final String source;
    private final StringBuilder code = new StringBuilder();
    private final List<String> documentation = new ArrayList<>();
    private int at;
    private boolean anyCode;

    Scanner(String source) {
      this.source = source;
    }

    JavaSource scan() {
      while (at < source.length()) {
        if (source.startsWith("\"\"\"", at)) {
          quoted("\"\"\"");
        } else if (source.charAt(at) == '"') {
          quoted("\"");
        } else if (source.charAt(at) == '\'') {
          quoted("'");
        } else if (source.startsWith("///", at)) {
          leaveOut(end("\n", 0));
        } else if (source.startsWith("//", at)) {
          keep(end("\n", 0));
        } else if (source.startsWith("/*", at)) {
          blockComment();
        } else {
          keepPlain();
        }
      }
      return new JavaSource(folded(code.toString()), documentation);
    }

    /** Keeps characters up to one that may start another token. */
    private void keepPlain() {
      int end = at;
      do {
        anyCode |= !Character.isWhitespace(source.charAt(end));
        end++;
      } while (end < source.length() && "\"'/".indexOf(source.charAt(end)) < 0);
      keep(end);
    }

    private void quoted(String quote) {
      int end = at + quote.length();
      while (end < source.length() && !source.startsWith(quote, end)) {
        end += source.charAt(end) == '\\' ? 2 : 1;
      }
      keep(Math.min(source.length(), end + quote.length()));
    }

    private void blockComment() {
      int end = end("*/", 2);
      boolean documents = source.startsWith("/**", at) && end > at + 4;
      if (documents) {
        documentation.add(source.substring(at, end));
      }
      if (documents || !anyCode) {
        leaveOut(end);
      } else {
        keep(end);
      }
    }

    /**
     * The end of the token that starts here: after the delimiter, before a line end, or at the end
     * of the source.
     */
    private int end(String delimiter, int from) {
      int found = source.indexOf(delimiter, at + from);
      int behind = delimiter.equals("\n") ? 0 : delimiter.length();
      return found < 0 ? source.length() : found + behind;
    }

    private void keep(int end) {
      code.append(source, at, end);
      at = end;
    }

    /** Skips a comment, with its indentation and line end if its lines hold nothing else. */
    private void leaveOut(int end) {
      int lineStart = code.lastIndexOf("\n") + 1;
      int lineEnd = source.indexOf('\n', end);
      boolean alone =
          code.substring(lineStart).isBlank()
              && lineEnd >= 0
              && source.substring(end, lineEnd).isBlank();
      if (alone) {
        code.setLength(lineStart);
      }
      at = alone ? lineEnd + 1 : end;
    }

    /** Removes blanks at line ends and repeated empty lines. */
    private static String folded(String code) {
      var out = new StringBuilder(code.length());
      boolean wasEmpty = true;
      for (String line : (Iterable<String>) code.lines()::iterator) {
        String kept = line.stripTrailing();
        if (!kept.isEmpty() || !wasEmpty) {
          out.append(kept).append('\n');
        }
        wasEmpty = kept.isEmpty();
      }
      return out.toString().stripTrailing();
    }
  }
}

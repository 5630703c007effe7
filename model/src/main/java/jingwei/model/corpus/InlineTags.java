package jingwei.model.corpus;

/**
 * Rewrites the inline tags of documentation comments, such as {@code {@code ...}} and {@code {@link
 * ...}}, as words. The result is still HTML: characters inside code become entities.
 */
final class InlineTags {
  private InlineTags() {}

  static String resolve(String comment) {
    var out = new StringBuilder(comment.length());
    int at = 0;
    while (true) {
      int tag = comment.indexOf("{@", at);
      int end = tag < 0 ? -1 : end(comment, tag);
      if (end < 0) {
        return out.append(comment, at, comment.length()).toString();
      }
      out.append(comment, at, tag).append(words(comment.substring(tag + 2, end)));
      at = end + 1;
    }
  }

  /** The index of the brace that closes the one at {@code open}; negative if there is none. */
  private static int end(String comment, int open) {
    int depth = 0;
    for (int i = open; i < comment.length(); i++) {
      char c = comment.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    return -1;
  }

  private static String words(String tag) {
    int nameEnd = wordEnd(tag);
    String content = tag.substring(nameEnd).strip();
    return switch (tag.substring(0, nameEnd)) {
      case "code", "literal" -> escaped(content);
      case "link", "linkplain", "value" -> link(content);
      case "return" -> "Returns " + resolve(content) + ".";
      case "jls" -> "JLS " + content.substring(0, wordEnd(content));
      case "jvms" -> "JVMS " + content.substring(0, wordEnd(content));
      case "extLink" -> resolve(content.substring(wordEnd(content)).strip());
      case "systemProperty", "index" -> escaped(term(content));
      case "docRoot", "inheritDoc", "snippet" -> "";
      default -> resolve(content);
    };
  }

  private static String link(String content) {
    int depth = 0;
    int end = 0;
    while (end < content.length() && (depth > 0 || !Character.isWhitespace(content.charAt(end)))) {
      char c = content.charAt(end++);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    String label = content.substring(end).strip();
    if (!label.isEmpty()) {
      return resolve(label);
    }
    String reference = content.substring(0, end);
    int module = reference.indexOf('/');
    int arguments = reference.indexOf('(');
    String member =
        reference.substring(
            module + 1, arguments < 0 ? reference.length() : Math.max(arguments, module + 1));
    return escaped((member.startsWith("#") ? member.substring(1) : member).replace('#', '.'));
  }

  private static String term(String content) {
    int quote = content.indexOf('"', 1);
    return content.startsWith("\"") && quote > 0
        ? content.substring(1, quote)
        : content.substring(0, wordEnd(content));
  }

  private static int wordEnd(String text) {
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static String escaped(String code) {
    return code.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("@", "&#64;");
  }
}

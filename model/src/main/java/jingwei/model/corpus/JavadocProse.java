package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The prose of documentation comments: their sentences, without markup, code and tables. Block tags
 * that describe results, exceptions and notes become sentences; other tags are dropped.
 */
final class JavadocProse {
  private static final Pattern DECORATION = Pattern.compile("(?m)^[ \\t]*\\*+ ?");

  private JavadocProse() {}

  /** The paragraphs of all comments, each once, separated by empty lines. */
  static String of(List<String> comments) {
    Set<String> paragraphs = new LinkedHashSet<>();
    for (String comment : comments) {
      sections(Html.withoutPreformatted(InlineTags.resolve(undecorated(comment))))
          .forEach(section -> paragraphs.addAll(Html.paragraphs(section)));
    }
    return String.join("\n\n", paragraphs);
  }

  private static String undecorated(String comment) {
    String inside = comment.substring("/**".length(), comment.length() - "*/".length());
    return DECORATION.matcher(inside).replaceAll("");
  }

  /** The description, then each block tag as HTML with the words that introduce it. */
  private static List<String> sections(String html) {
    List<String> sections = new ArrayList<>();
    var section = new StringBuilder();
    for (String line : (Iterable<String>) html.lines()::iterator) {
      if (line.stripLeading().startsWith("@")) {
        sections.add(inWords(section.toString()));
        section.setLength(0);
      }
      section.append(line).append('\n');
    }
    sections.add(inWords(section.toString()));
    return sections;
  }

  private static String inWords(String section) {
    String text = section.strip();
    if (!text.startsWith("@")) {
      return text;
    }
    int nameEnd = 1;
    while (nameEnd < text.length() && Character.isLetter(text.charAt(nameEnd))) {
      nameEnd++;
    }
    String content = text.substring(nameEnd).strip();
    if (content.isEmpty()) {
      return "";
    }
    return switch (text.substring(1, nameEnd)) {
      case "return" -> returns(content);
      case "throws", "exception" -> "Throws " + content;
      case "deprecated" -> "Deprecated. " + content;
      case "apiNote", "implSpec", "implNote" -> content;
      default -> "";
    };
  }

  private static String returns(String content) {
    if (content.regionMatches(true, 0, "return", 0, "return".length())) {
      return content;
    }
    boolean isWord = content.length() > 1 && Character.isLowerCase(content.charAt(1));
    return "Returns "
        + (isWord ? Character.toLowerCase(content.charAt(0)) : content.charAt(0))
        + content.substring(1);
  }
}

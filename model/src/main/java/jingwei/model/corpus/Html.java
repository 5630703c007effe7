package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The paragraphs of a piece of HTML as plain text. */
final class Html {
  private static final Pattern LEFT_OUT =
      Pattern.compile("(?is)<!--.*?-->|<(pre|table|script|style)\\b.*?</\\1\\s*>");
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?i)</?(p|br|hr|li|ul|ol|dl|dt|dd|h[1-6]|div|blockquote|center|caption|section)\\b[^<>]*>");
  private static final Pattern TAG = Pattern.compile("</?[a-zA-Z][^<>]*>");
  private static final Pattern BETWEEN_PARAGRAPHS = Pattern.compile("\\n\\s*\\n");
  private static final Pattern BLANKS = Pattern.compile("\\s+");
  private static final Pattern ENTITY =
      Pattern.compile("&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]+[0-9]?);");

  private static final Map<String, String> NAMED =
      Map.ofEntries(
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("amp", "&"),
          Map.entry("quot", "\""),
          Map.entry("apos", "'"),
          Map.entry("nbsp", " "),
          Map.entry("mdash", "\u2014"),
          Map.entry("ndash", "\u2013"),
          Map.entry("hellip", "\u2026"),
          Map.entry("le", "\u2264"),
          Map.entry("ge", "\u2265"),
          Map.entry("ne", "\u2260"),
          Map.entry("times", "\u00D7"),
          Map.entry("minus", "\u2212"),
          Map.entry("plusmn", "\u00B1"),
          Map.entry("middot", "\u00B7"),
          Map.entry("infin", "\u221E"),
          Map.entry("pi", "\u03C0"),
          Map.entry("rarr", "\u2192"),
          Map.entry("larr", "\u2190"),
          Map.entry("lfloor", "\u230A"),
          Map.entry("rfloor", "\u230B"),
          Map.entry("ldquo", "\u201C"),
          Map.entry("rdquo", "\u201D"),
          Map.entry("lsquo", "\u2018"),
          Map.entry("rsquo", "\u2019"),
          Map.entry("copy", "\u00A9"),
          Map.entry("reg", "\u00AE"),
          Map.entry("trade", "\u2122"),
          Map.entry("sect", "\u00A7"),
          Map.entry("deg", "\u00B0"),
          Map.entry("sum", "\u2211"),
          Map.entry("isin", "\u2208"),
          Map.entry("lbrace", "{"),
          Map.entry("rbrace", "}"),
          Map.entry("commat", "@"),
          Map.entry("sol", "/"),
          Map.entry("ast", "*"));

  private Html() {}

  /** HTML without preformatted text, tables and comments. */
  static String withoutPreformatted(String html) {
    return LEFT_OUT.matcher(html).replaceAll("\n\n");
  }

  /** The paragraphs that hold a letter, blanks folded, entities decoded. */
  static List<String> paragraphs(String html) {
    String divided = TAG.matcher(BLOCK.matcher(html).replaceAll("\n\n")).replaceAll("");
    List<String> paragraphs = new ArrayList<>();
    for (String part : BETWEEN_PARAGRAPHS.splitAsStream(divided).toList()) {
      String text = BLANKS.matcher(decoded(part)).replaceAll(" ").strip();
      if (text.codePoints().anyMatch(Character::isLetter)) {
        paragraphs.add(text);
      }
    }
    return paragraphs;
  }

  private static String decoded(String text) {
    return ENTITY.matcher(text).replaceAll(found -> Matcher.quoteReplacement(character(found)));
  }

  private static String character(MatchResult entity) {
    String name = entity.group(1);
    if (!name.startsWith("#")) {
      return NAMED.getOrDefault(name, entity.group());
    }
    boolean hexadecimal = name.charAt(1) == 'x' || name.charAt(1) == 'X';
    int character =
        hexadecimal ? Integer.parseInt(name.substring(2), 16) : Integer.parseInt(name.substring(1));
    return Character.isDefined(character)
            && !(character < 0x10000 && Character.isSurrogate((char) character))
        ? Character.toString(character)
        : "";
  }
}

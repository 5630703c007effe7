package jingwei.model.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import jingwei.model.UserException;
import jingwei.model.corpus.DataSource;

/**
 * The control tokens of a vocabulary. The id of each is its place in the list, so they come before
 * all text tokens. Text is never encoded as a control token.
 *
 * @param tokens the strings that stand for them in a tokenizer file
 */
record ControlTokens(List<String> tokens) {
  static final String PADDING = "<|pad|>";
  static final String END_OF_TEXT = "<|eot|>";
  private static final String DOMAIN = "domain";
  private static final String LANGUAGE = "lang";

  ControlTokens {
    tokens = List.copyOf(tokens);
  }

  static ControlTokens of(List<String> domains, List<String> languages, int reserved) {
    List<String> tokens = new ArrayList<>(List.of(PADDING, END_OF_TEXT));
    for (String domain : domains) {
      requireName("domain", domain);
      tokens.add(tag(DOMAIN, domain));
    }
    languages.forEach(language -> tokens.add(tag(LANGUAGE, language)));
    for (int i = 0; i < reserved; i++) {
      tokens.add(tag("reserved", Integer.toString(i)));
    }
    return new ControlTokens(tokens);
  }

  static void requireName(String kind, String name) {
    if (!DataSource.isDomainName(name)) {
      throw new UserException(
          "The %s name '%s' must have 1 to 64 characters and no space, '<', '>' or '|'; choose another name."
              .formatted(kind, name));
    }
  }

  static String domain(String name) {
    return tag(DOMAIN, name);
  }

  OptionalInt domainId(String name) {
    return id(tag(DOMAIN, name));
  }

  OptionalInt languageId(String name) {
    return id(tag(LANGUAGE, name));
  }

  OptionalInt id(String token) {
    int index = tokens.indexOf(token);
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /** The names of the domains in the order of their tokens. */
  List<String> domains() {
    String start = "<|" + DOMAIN + ":";
    return tokens.stream()
        .filter(token -> token.startsWith(start) && token.endsWith("|>"))
        .map(token -> token.substring(start.length(), token.length() - 2))
        .toList();
  }

  SequencedMap<String, Integer> ids() {
    SequencedMap<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    return ids;
  }

  private static String tag(String kind, String name) {
    return "<|" + kind + ":" + name + "|>";
  }
}

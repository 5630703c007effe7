package jingwei.model.text;

import java.util.Arrays;
import java.util.List;
import jingwei.model.UserException;
import jingwei.model.corpus.Document;

/**
 * Turns documents into sequences that start with their domain and end with the end of text:
 *
 * <ul>
 *   <li>a text: {@code <domain> text <eot>}
 *   <li>a text of the domain {@code code} whose language has a tag: {@code <domain> <language> text
 *       <eot>}
 *   <li>a pair, once in each direction: {@code <domain> <language> text <language> translation
 *       <eot>}
 * </ul>
 *
 * Each text is encoded separately, so no token spans the boundary of a text.
 */
public final class DocumentEncoder {
  private static final int[] NOTHING = {};

  private final Tokenizer tokenizer;

  public DocumentEncoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * The sequences of a document: one, or two for a pair.
   *
   * @throws UserException if the tokenizer has no token for the domain or for a language of a pair
   */
  public List<TokenSequence> encode(Document document) {
    int[] domain = {tokenizer.domainToken(document.domain())};
    return switch (document) {
      case Document.Plain plain ->
          List.of(sequence(document, domain, tagOfCode(plain), tokenizer.encode(plain.text())));
      case Document.Pair pair -> {
        int[] firstTag = tag(pair.first().language());
        int[] secondTag = tag(pair.second().language());
        int[] first = tokenizer.encode(pair.first().text());
        int[] second = tokenizer.encode(pair.second().text());
        yield List.of(
            sequence(document, domain, firstTag, first, secondTag, second),
            sequence(document, domain, secondTag, second, firstTag, first));
      }
    };
  }

  /**
   * Checks that all tags of a document exist, without encoding it.
   *
   * @throws UserException if one is missing
   */
  public void requireTags(Document document) {
    tokenizer.domainToken(document.domain());
    if (document instanceof Document.Pair pair) {
      tag(pair.first().language());
      tag(pair.second().language());
    }
  }

  private int[] tagOfCode(Document.Plain plain) {
    if (!plain.domain().equals("code")) {
      return NOTHING;
    }
    return tokenizer.languageToken(plain.language()).stream().toArray();
  }

  private int[] tag(String language) {
    return new int[] {
      tokenizer
          .languageToken(language)
          .orElseThrow(
              () ->
                  new UserException(
                      "The tokenizer has no tag for the language '%s' of a pair; train a tokenizer with that language."
                          .formatted(language)))
    };
  }

  private TokenSequence sequence(Document document, int[]... parts) {
    int[] tokens = new int[Arrays.stream(parts).mapToInt(part -> part.length).sum() + 1];
    int size = 0;
    for (int[] part : parts) {
      System.arraycopy(part, 0, tokens, size, part.length);
      size += part.length;
    }
    tokens[size] = tokenizer.endOfText();
    return new TokenSequence(document.id(), document.domain(), tokens);
  }
}

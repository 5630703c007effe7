package jingwei.streams.live;

import java.io.InputStream;
import java.util.List;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.LiveRows;
import jingwei.model.corpus.SourceSettings;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.TokenSequence;
import jingwei.model.text.Tokenizer;

/**
 * How the rows of a live source become documents. The declared domains are the only ones.
 *
 * @param domains their names, by index
 */
public record LiveSource(Tokenizer tokenizer, List<String> domains, SourceSettings settings) {
  /** Name of the source in the list of rejected rows. */
  private static final String NAME = "-";

  /**
   * @throws jingwei.model.UserException if the tokenizer has no token for a domain
   */
  public LiveSource {
    domains = List.copyOf(domains);
    domains.forEach(tokenizer::domainToken);
  }

  /** Reads rows from their bytes, from the first row on. */
  LiveRows rows(InputStream in) {
    return rows(in, LiveRows.Place.START);
  }

  /** Reads rows from their bytes, from a place on. */
  LiveRows rows(InputStream in, LiveRows.Place from) {
    DocumentEncoder encoder = new DocumentEncoder(tokenizer);
    return new LiveRows(
        in, from, new LiveRows.Rules(NAME, domains, encoder::requireTags, settings.maxLineBytes()));
  }

  /** The token sequences of a document: one, or two for a pair. */
  List<TokenSequence> encode(Document document) {
    return new DocumentEncoder(tokenizer).encode(document);
  }

  boolean holdsOut(Document document) {
    return settings.heldOut().holdsOut(document);
  }
}

package jingwei.streams.live;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.corpus.ContentSum;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.LiveRows;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DomainStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.text.TokenSequence;

/**
 * The rows of a live source up to a position: their fingerprint, and the held-out documents among
 * them. Both depend on the position and the rows alone. In each domain the rows end with the last
 * document that training has begun to read. Of the held-out documents the first ones are kept, so
 * memory is bounded and evaluations of later steps read the same text.
 */
public final class LiveHistory implements AutoCloseable {
  private final LiveSource source;
  private final Supplier<InputStream> bytes;
  private final long mostHeldOut;
  private List<Domain> domains;

  /**
   * @param bytes opens the rows, from the first one on
   * @param mostHeldOut number of inputs of held-out documents that are kept in each domain
   */
  public LiveHistory(LiveSource source, Supplier<InputStream> bytes, long mostHeldOut) {
    this.source = source;
    this.bytes = bytes;
    this.mostHeldOut = mostHeldOut;
    this.domains = open();
  }

  /**
   * Held-out documents of each domain up to a position.
   *
   * @throws UserException if the rows end before the position
   */
  public List<DocumentSource> heldOut(DataPosition position) {
    goTo(position);
    return domains.stream().map(domain -> DocumentSource.of(List.copyOf(domain.heldOut))).toList();
  }

  /**
   * The fingerprint of all rows of the declared domains up to a position, and of the tokenizer.
   *
   * @throws UserException if the rows end before the position
   */
  public long fingerprint(DataPosition position) {
    goTo(position);
    ContentSum sum = new ContentSum();
    for (Domain domain : domains) {
      sum.number(domain.documents);
      sum.number(domain.sum.value());
    }
    sum.word(source.tokenizer().toJson());
    return sum.value();
  }

  @Override
  public void close() {
    try {
      for (Domain domain : domains) {
        domain.in.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void goTo(DataPosition position) {
    if (domains.stream().anyMatch(domain -> domain.asked > domain.read(position))) {
      close();
      domains = open(); // the run went back
    }
    domains.forEach(domain -> domain.goTo(position));
  }

  private List<Domain> open() {
    return IntStream.range(0, source.domains().size()).mapToObj(Domain::new).toList();
  }

  private final class Domain {
    private final int index;
    private final InputStream in = bytes.get();
    private final LiveRows rows = source.rows(in);
    private final ContentSum sum = new ContentSum();
    private final List<EncodedDocument> heldOut = new ArrayList<>();
    private long heldOutInputs;

    /** Number of training documents so far; a pair counts twice, so it may be one too many. */
    private int documents;

    /** Number of documents that were asked for. */
    private int asked;

    private Domain(int index) {
      this.index = index;
    }

    private int read(DataPosition position) {
      DomainStream.Position at = position.streams().get(index);
      return at.document() + (at.offset() > 0 ? 1 : 0);
    }

    private void goTo(DataPosition position) {
      asked = read(position);
      while (documents < asked) {
        take(next());
      }
    }

    private LiveRows.LiveRow next() {
      try {
        return rows.next()
            .orElseThrow(
                () ->
                    new UserException(
                        "The rows that the run was trained on are not all in its spool: domain %s has %d documents of %d; restore the spool, or start a new run."
                            .formatted(source.domains().get(index), documents, asked)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void take(LiveRows.LiveRow row) {
      row.document()
          .filter(document -> document.domain().equals(source.domains().get(index)))
          .ifPresent(this::take);
    }

    private void take(Document document) {
      sum.document(document);
      if (!source.holdsOut(document)) {
        documents += document.texts().size();
      } else if (heldOutInputs < mostHeldOut) {
        source.encode(document).forEach(this::keep);
      }
    }

    private void keep(TokenSequence sequence) {
      EncodedDocument document =
          new EncodedDocument(sequence.documentId(), index, sequence.tokens());
      heldOut.add(document);
      heldOutInputs += document.inputs();
    }
  }
}

package jingwei.streams.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.LiveRows;
import jingwei.model.data.DocumentOrder;
import jingwei.model.data.DocumentStreams;
import jingwei.model.data.DomainStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.PlacedDocument;
import jingwei.model.text.TokenSequence;
import jingwei.streams.spool.RowInput;

/** The training documents of one domain of a live source, from a position on. */
final class LiveDomain implements DocumentStreams.OpenDomain {
  private final LiveDocuments documents;
  private final LiveSource source;
  private final RowInput input;
  private final LiveRows rows;
  private final Place place;
  private final Runnable onWork;
  private final Queue<PlacedDocument> ready = new ArrayDeque<>();

  /** Number of documents before the next one. */
  private int index;

  /**
   * @param domain index of the domain
   * @param start position whose whole document comes first
   */
  record Place(int domain, DomainStream.Position start) {}

  LiveDomain(
      LiveDocuments documents, LiveSource source, RowInput input, Place place, Runnable onWork) {
    this.documents = documents;
    this.source = source;
    this.input = input;
    this.rows = source.rows(input);
    this.place = place;
    this.onWork = onWork;
  }

  @Override
  public Optional<PlacedDocument> next(BooleanSupplier isGivenUp) {
    try {
      while (ready.isEmpty()) {
        Optional<LiveRows.LiveRow> row = rows.next();
        if (row.isPresent()) {
          take(row.get());
          onWork.run();
        } else if (!await(isGivenUp)) {
          return Optional.empty();
        }
      }
      return Optional.of(ready.remove());
    } catch (IOException e) {
      documents.fail(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      documents.fail(e);
    }
    return Optional.empty();
  }

  private boolean await(BooleanSupplier isGivenUp) {
    if (input.await(() -> true)) {
      return true;
    }
    try {
      boolean hasMore =
          input.await(
              () -> {
                documents.waits(place.domain); // again: an earlier reader may have ended its wait
                onWork.run();
                return isGivenUp.getAsBoolean();
              });
      if (!hasMore) {
        documents.endIfRowsFailed();
      }
      return hasMore;
    } finally {
      documents.waitsNoMore();
    }
  }

  private void take(LiveRows.LiveRow row) {
    documents.passed(row);
    row.document().filter(this::isOwn).ifPresent(this::take);
  }

  private boolean isOwn(Document document) {
    return document.domain().equals(source.domains().get(place.domain))
        && !source.holdsOut(document);
  }

  private void take(Document document) {
    int first = index;
    index += document.texts().size();
    if (index <= place.start.document()) {
      return;
    }
    List<TokenSequence> sequences = source.encode(document);
    for (int i = Math.max(first, place.start.document()); i < index; i++) {
      TokenSequence sequence = sequences.get(i - first);
      ready.add(
          new PlacedDocument(
              new EncodedDocument(sequence.documentId(), place.domain, sequence.tokens()),
              new DocumentOrder.Place(0, i, i, false)));
    }
  }
}

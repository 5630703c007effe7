package jingwei.model.data;

import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.SeededRandom;

/**
 * The documents of one domain, over and over, in a new order each epoch; the order is a function of
 * seed, domain and epoch.
 */
public final class DomainStream {
  private final List<EncodedDocument> documents;
  private final long seed;
  private final int domain;
  private int[] order;
  private int epoch;
  private int index;
  private int offset;

  /**
   * @param documents at least one; not copied, so they may be tokenised when they are asked for
   */
  public DomainStream(List<EncodedDocument> documents, long seed, int domain) {
    if (documents.isEmpty()) {
      throw new IllegalArgumentException("no document in domain=" + domain);
    }
    this.documents = documents;
    this.seed = seed;
    this.domain = domain;
    this.order = orderOf(0);
  }

  /**
   * How far the stream is.
   *
   * @param epoch times that all documents have been read
   * @param document documents finished in this epoch
   * @param offset inputs taken of the current document
   */
  public record Position(int epoch, int document, int offset) {
    public static final Position START = new Position(0, 0, 0);
  }

  /**
   * A part of a document.
   *
   * @param from first input
   * @param to input after the last one
   */
  public record Piece(EncodedDocument document, int from, int to) {
    public int length() {
      return to - from;
    }
  }

  /** Takes a piece of at most that many inputs, never across a document's end. */
  public Piece take(int most) {
    EncodedDocument document = documents.get(order[index]);
    int to = Math.min(document.inputs(), offset + most);
    Piece piece = new Piece(document, offset, to);
    offset = to;
    if (offset == document.inputs()) {
      offset = 0;
      index++;
      if (index == order.length) {
        index = 0;
        epoch++;
        order = orderOf(epoch);
      }
    }
    return piece;
  }

  public Position position() {
    return new Position(epoch, index, offset);
  }

  /** Goes to a position that a stream over the same documents reported. */
  public void seek(Position position) {
    int[] there = orderOf(position.epoch());
    if (position.document() >= there.length
        || position.offset() >= documents.get(there[position.document()]).inputs()) {
      throw new IllegalArgumentException("domain=%d has no %s".formatted(domain, position));
    }
    order = there;
    epoch = position.epoch();
    index = position.document();
    offset = position.offset();
  }

  /** The order in which an epoch reads the documents of a domain, by index. */
  public static int[] order(long seed, int domain, int epoch, int documents) {
    int[] all = IntStream.range(0, documents).toArray();
    SeededRandom.of(seed, domain, epoch).shuffle(all);
    return all;
  }

  private int[] orderOf(int someEpoch) {
    return order(seed, domain, someEpoch, documents.size());
  }
}

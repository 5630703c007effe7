package jingwei.model.data;

import java.util.Iterator;
import java.util.stream.IntStream;
import jingwei.model.SeededRandom;

/**
 * The order in which the documents of a domain are read. It is endless and shuffled anew in each
 * epoch, as a function of seed, domain and epoch. No document is read.
 */
public final class DocumentOrder implements Iterator<DocumentOrder.Place> {
  private final long seed;
  private final int domain;
  private int epoch;
  private int index;
  private int[] order;

  /**
   * The place of a document in the order.
   *
   * @param epoch number of complete epochs before
   * @param index number of documents before it in this epoch
   * @param document index of the document in its source
   * @param isLast true if it is the last of the epoch
   */
  public record Place(int epoch, int index, int document, boolean isLast) {
    /** The position after this many inputs of the document. */
    DomainStream.Position at(int offset) {
      return new DomainStream.Position(epoch, index, offset);
    }

    /** The position after the document. */
    DomainStream.Position after() {
      return isLast
          ? new DomainStream.Position(epoch + 1, 0, 0)
          : new DomainStream.Position(epoch, index + 1, 0);
    }
  }

  /**
   * @param documents number of documents, at least one
   * @param start position whose document comes first
   * @throws IllegalArgumentException if there is no such document
   */
  public DocumentOrder(int documents, long seed, int domain, DomainStream.Position start) {
    if (documents < 1) {
      throw new IllegalArgumentException("no document in domain=" + domain);
    }
    if (start.document() < 0 || start.document() >= documents) {
      throw new IllegalArgumentException("domain=%d has no %s".formatted(domain, start));
    }
    this.seed = seed;
    this.domain = domain;
    this.epoch = start.epoch();
    this.index = start.document();
    this.order = of(seed, domain, epoch, documents);
  }

  /** The order of an epoch, as indices into the source. */
  public static int[] of(long seed, int domain, int epoch, int documents) {
    int[] all = IntStream.range(0, documents).toArray();
    SeededRandom.of(seed, domain, epoch).shuffle(all);
    return all;
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  @Override
  public Place next() {
    if (index == order.length) {
      index = 0;
      epoch++;
      order = of(seed, domain, epoch, order.length);
    }
    Place place = new Place(epoch, index, order[index], index == order.length - 1);
    index++;
    return place;
  }
}

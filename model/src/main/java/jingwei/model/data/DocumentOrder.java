package jingwei.model.data;

import java.util.Iterator;
import java.util.stream.IntStream;
import jingwei.model.SeededRandom;

/**
 * The order in which the documents of a domain are read: over and over, in a new order each epoch,
 * which is a function of seed, domain and epoch. It never ends, and reads no document.
 */
public final class DocumentOrder implements Iterator<DocumentOrder.Place> {
  private final long seed;
  private final int domain;
  private int epoch;
  private int index;
  private int[] order;

  /**
   * Where a document stands in the order.
   *
   * @param epoch times that all documents of the domain were read before
   * @param index documents read before it in this epoch
   * @param document index in its source
   * @param isLast whether the epoch ends with it
   */
  public record Place(int epoch, int index, int document, boolean isLast) {
    /** The position in the document, after so many of its inputs. */
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
   * @param documents number of them, at least one
   * @param start the first place is that of this position's document
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

  /** The order of an epoch, by index into the source. */
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

package jingwei.model.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import jingwei.model.routing.RouteTable;

/** The batches of a run, one per step: a {@link Packer} that reads its documents directly. */
public final class BatchStream {
  private final BatchSettings settings;
  private final DocumentStreams documents;
  private final List<RouteTable> routes;
  private final Map<Integer, DocumentStreams.OpenDomain> streams = new HashMap<>();
  private Packer packer;
  private DataPosition position;

  /**
   * @param documents documents of each domain; some domains may be empty, but not all
   * @param seed seed of the order of documents
   * @param routes route tables of the RRE layers
   */
  public BatchStream(
      BatchSettings settings, List<DocumentSource> documents, long seed, List<RouteTable> routes) {
    this(settings, DocumentStreams.shuffled(documents, seed), routes);
  }

  /**
   * @param documents of all domains
   * @param routes route tables of the RRE layers
   */
  public BatchStream(BatchSettings settings, DocumentStreams documents, List<RouteTable> routes) {
    this.settings = settings;
    this.documents = documents;
    this.routes = List.copyOf(routes);
    seek(DataPosition.start(documents.domains()));
  }

  /**
   * Packs the batch of the next step. If documents still arrive, this waits for them.
   *
   * @param isGivenUp polled during such a wait; if true, the wait ends, and a later call goes on
   * @return false if the documents end before the batch is complete, or if the wait was given up
   */
  public boolean hasNext(BooleanSupplier isGivenUp) {
    for (OptionalInt domain = packer.needs(); domain.isPresent(); domain = packer.needs()) {
      Optional<PlacedDocument> document = streams.get(domain.getAsInt()).next(isGivenUp);
      if (document.isEmpty()) {
        return false;
      }
      packer.add(domain.getAsInt(), document.get());
    }
    return true;
  }

  /**
   * The batch of the next step.
   *
   * @throws NoSuchElementException if the documents end before it is complete
   */
  public Batch next() {
    if (!hasNext(() -> false)) {
      throw new NoSuchElementException("no document follows after " + position);
    }
    Batch batch = packer.batch();
    position = batch.after();
    return batch;
  }

  /** The position after the last batch that {@link #next} returned. */
  public DataPosition position() {
    return position;
  }

  /**
   * Moves to a position from a stream over the same documents and settings.
   *
   * @throws IllegalArgumentException if the position does not exist in the documents; nothing has
   *     changed
   */
  public void seek(DataPosition there) {
    List<Integer> present = documents.present();
    Packer ahead = new Packer(settings, present, routes, there);
    Map<Integer, DocumentStreams.OpenDomain> opened = new HashMap<>();
    for (int domain : present) {
      opened.put(domain, documents.open(domain, there.streams().get(domain)));
    }
    packer = ahead;
    position = there;
    streams.putAll(opened);
  }
}

package jingwei.model.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import jingwei.model.routing.RouteTable;

/** The batches of a run, one per step: a {@link Packer} that reads its documents directly. */
public final class BatchStream {
  private final BatchSettings settings;
  private final List<DocumentSource> documents;
  private final long seed;
  private final List<RouteTable> routes;
  private final Map<Integer, DomainStream> streams = new HashMap<>();
  private Packer packer;

  /**
   * @param documents documents of each domain; some domains may be empty, but not all
   * @param seed seed of the order of documents
   * @param routes route tables of the RRE layers
   */
  public BatchStream(
      BatchSettings settings, List<DocumentSource> documents, long seed, List<RouteTable> routes) {
    this.settings = settings;
    this.documents = List.copyOf(documents);
    this.seed = seed;
    this.routes = List.copyOf(routes);
    seek(DataPosition.start(documents.size()));
  }

  /** The batch of the next step. */
  public Batch next() {
    for (OptionalInt domain = packer.needs(); domain.isPresent(); domain = packer.needs()) {
      packer.add(domain.getAsInt(), streams.get(domain.getAsInt()).next());
    }
    return packer.batch();
  }

  public DataPosition position() {
    return packer.position();
  }

  /**
   * Moves to a position from a stream over the same documents and settings.
   *
   * @throws IllegalArgumentException if the position does not exist in the documents; nothing has
   *     changed
   */
  public void seek(DataPosition position) {
    List<Integer> present = Packer.present(documents);
    Packer there = new Packer(settings, present, routes, position);
    Map<Integer, DomainStream> ahead = new HashMap<>();
    for (int domain : present) {
      DomainStream.Position start = position.streams().get(domain);
      ahead.put(domain, new DomainStream(documents.get(domain), seed, domain, start));
    }
    packer = there;
    streams.putAll(ahead);
  }
}

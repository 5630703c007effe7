package jingwei.model.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import jingwei.model.routing.RouteTable;

/** The batches of a run, one a step: a {@link Packer} that is given its documents at once. */
public final class BatchStream {
  private final BatchSettings settings;
  private final List<DocumentSource> documents;
  private final long seed;
  private final List<RouteTable> routes;
  private final Map<Integer, DomainStream> streams = new HashMap<>();
  private Packer packer;

  /**
   * @param documents of each domain; a domain may have none, but not all of them
   * @param seed of their order
   * @param routes tables of the RRE layers
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
   * Goes to a position that a stream over the same documents and settings reported.
   *
   * @throws IllegalArgumentException if the documents have no such position; nothing has changed
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

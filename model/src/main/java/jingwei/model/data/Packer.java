package jingwei.model.data;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import jingwei.model.routing.RouteTable;

/**
 * Packs whole documents of all domains into batches, by the domain schedule.
 *
 * <p>Each domain of a step fills its share with its documents one after the other; the shares are
 * laid end to end and cut into rows of {@code context} tokens. A document cut at a row's end goes
 * on in the next row as a segment of its own, so every token but a document's first is predicted
 * exactly once an epoch.
 *
 * <p>It reads nothing: it says which domain's document it needs next, and is given it. It needs one
 * only when the batch at hand has room for it, so what is read is a function of the position alone.
 */
public final class Packer {
  private final BatchSettings settings;
  private final List<Integer> present;
  private final List<RouteTable> routes;
  private final DomainSchedule schedule;
  private final DomainStream.Position[] positions;
  private final PlacedDocument[] current;
  private long step;
  private int[] left;
  private MicroBatchBuilder builder;

  /**
   * @param present domains that have documents, see {@link #present}
   * @param routes tables of the RRE layers
   * @param start where the run goes on
   * @throws IllegalArgumentException if the position has another number of domains
   */
  public Packer(
      BatchSettings settings, List<Integer> present, List<RouteTable> routes, DataPosition start) {
    int domains = settings.weights().size();
    if (start.streams().size() != domains) {
      throw new IllegalArgumentException(
          "domains=%d position=%d".formatted(domains, start.streams().size()));
    }
    this.settings = settings;
    this.present = List.copyOf(present);
    this.routes = List.copyOf(routes);
    this.schedule = new DomainSchedule(settings.weights(), present, settings.domainsPerBatch());
    schedule.seek(start.schedule());
    this.positions = start.streams().toArray(DomainStream.Position[]::new);
    this.current = new PlacedDocument[domains];
    this.step = start.step();
  }

  /**
   * Domains that have documents, rising.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static List<Integer> present(List<DocumentSource> documents) {
    List<Integer> present =
        IntStream.range(0, documents.size())
            .filter(domain -> !documents.get(domain).isEmpty())
            .boxed()
            .toList();
    if (present.isEmpty()) {
      throw new IllegalArgumentException("no document in any domain");
    }
    return present;
  }

  /** The domain whose next document the next batch needs; empty if the batch is complete. */
  public OptionalInt needs() {
    if (builder == null) {
      step++;
      left = schedule.next(settings.rows() * settings.context());
      builder = new MicroBatchBuilder(settings.context(), settings.rowsPerMicroBatch());
    }
    for (int domain : present) {
      while (left[domain] > 0) {
        if (current[domain] == null) {
          return OptionalInt.of(domain);
        }
        left[domain] -= take(domain, Math.min(left[domain], builder.roomInRow()));
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Takes the document that it needs.
   *
   * @param document the next one of the domain; the first is that of the start, whole
   */
  public void add(int domain, PlacedDocument document) {
    if (current[domain] != null) {
      throw new IllegalStateException("domain=%d is not needed".formatted(domain));
    }
    current[domain] = document;
  }

  /** The next batch, which is complete, and where the data goes on after it. */
  public Batch batch() {
    if (needs().isPresent()) {
      throw new IllegalStateException("step=%d is not complete".formatted(step));
    }
    List<MicroBatch> microBatches = builder.build();
    int epoch = present.stream().mapToInt(domain -> positions[domain].epoch()).min().orElseThrow();
    BatchOrigin origin = new BatchOrigin(builder.documents(), epoch, position());
    builder = null;
    return Batch.ofStep(step, microBatches, settings.replicas(), routes, origin);
  }

  /** Where the data goes on after the last batch. */
  public DataPosition position() {
    return new DataPosition(step, new ArrayList<>(List.of(positions)), schedule.position());
  }

  /** Packs inputs of a domain's current document, and returns how many. */
  private int take(int domain, int most) {
    EncodedDocument document = current[domain].document();
    int from = positions[domain].offset();
    int to = Math.min(document.inputs(), from + most);
    builder.add(document, from, to);
    if (to < document.inputs()) {
      positions[domain] = current[domain].place().at(to);
    } else {
      positions[domain] = current[domain].place().after();
      current[domain] = null;
    }
    return to - from;
  }
}

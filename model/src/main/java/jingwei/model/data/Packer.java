package jingwei.model.data;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import jingwei.model.routing.RouteTable;

/**
 * Packs documents of all domains into batches, by the domain schedule.
 *
 * <p>Each domain of a step fills its share with its documents in order. The shares are concatenated
 * and cut into rows of {@code context} tokens. A document that is cut at the end of a row continues
 * in the next row as a new segment. So every token except a document's first is predicted exactly
 * once per epoch.
 *
 * <p>The packer reads nothing itself: it names the domain whose document it needs next, and the
 * caller adds that document. It needs one only while the batch has room, so the data position alone
 * decides which documents are read.
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
   * @param present domains with documents, see {@link #present}
   * @param routes route tables of the RRE layers
   * @param start data position to start at
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
   * Domains with documents, in ascending order.
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

  /** The domain whose next document the current batch needs; empty if the batch is complete. */
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
   * Adds the document that the packer needs.
   *
   * @param document the next document of the domain; the first is the whole document at the start
   *     position
   */
  public void add(int domain, PlacedDocument document) {
    if (current[domain] != null) {
      throw new IllegalStateException("domain=%d is not needed".formatted(domain));
    }
    current[domain] = document;
  }

  /** Returns the complete batch, including the data position after it. */
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

  /** The data position after the last batch. */
  public DataPosition position() {
    return new DataPosition(step, new ArrayList<>(List.of(positions)), schedule.position());
  }

  /** Packs inputs of a domain's current document, and returns their number. */
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

package jingwei.model.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The batches of a run, one a step.
 *
 * <p>Each domain of a step fills its share with its documents one after the other; the shares are
 * laid end to end and cut into rows of {@code context} tokens. A document cut at a row's end goes
 * on in the next row as a segment of its own, so every token but a document's first is predicted
 * exactly once an epoch.
 */
public final class BatchStream {
  private final BatchSettings settings;
  private final List<DomainStream> streams;
  private final DomainSchedule schedule;
  private long step;

  /**
   * @param documents of each domain; a domain may have none, but not all of them
   */
  public BatchStream(BatchSettings settings, List<List<EncodedDocument>> documents, long seed) {
    this.settings = settings;
    this.streams = new ArrayList<>();
    for (int domain = 0; domain < documents.size(); domain++) {
      List<EncodedDocument> own = documents.get(domain);
      streams.add(own.isEmpty() ? null : new DomainStream(own, seed, domain));
    }
    List<Integer> present =
        IntStream.range(0, streams.size()).filter(d -> streams.get(d) != null).boxed().toList();
    if (present.isEmpty()) {
      throw new IllegalArgumentException("no document in any domain");
    }
    schedule = new DomainSchedule(settings.weights(), present, settings.domainsPerBatch());
  }

  /**
   * The data position of a run: what a checkpoint keeps.
   *
   * @param step the last step that was handed out
   * @param streams of each domain; START for one without documents
   */
  public record Position(
      long step, List<DomainStream.Position> streams, DomainSchedule.Position schedule) {}

  /** The batch of the next step. */
  public Batch next() {
    step++;
    int[] shares = schedule.next(settings.rows() * settings.context());
    MicroBatchBuilder builder =
        new MicroBatchBuilder(settings.context(), settings.rowsPerMicroBatch());
    for (int domain = 0; domain < shares.length; domain++) {
      int left = shares[domain];
      while (left > 0) {
        DomainStream.Piece piece = streams.get(domain).take(Math.min(left, builder.roomInRow()));
        builder.add(piece);
        left -= piece.length();
      }
    }
    return new Batch(step, builder.build(), settings.replicas(), builder.documents(), epoch());
  }

  public Position position() {
    List<DomainStream.Position> positions =
        streams.stream().map(s -> s == null ? DomainStream.Position.START : s.position()).toList();
    return new Position(step, positions, schedule.position());
  }

  /** Goes to a position that a stream over the same documents and settings reported. */
  public void seek(Position position) {
    if (position.streams().size() != streams.size()) {
      throw new IllegalArgumentException(
          "domains=%d position=%d".formatted(streams.size(), position.streams().size()));
    }
    step = position.step();
    schedule.seek(position.schedule());
    for (int domain = 0; domain < streams.size(); domain++) {
      if (streams.get(domain) != null) {
        streams.get(domain).seek(position.streams().get(domain));
      }
    }
  }

  private int epoch() {
    return streams.stream()
        .filter(s -> s != null)
        .mapToInt(s -> s.position().epoch())
        .min()
        .orElseThrow();
  }
}

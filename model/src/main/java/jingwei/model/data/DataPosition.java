package jingwei.model.data;

import java.util.Collections;
import java.util.List;

/**
 * Where a run is in its data: what a checkpoint keeps.
 *
 * @param step the last step whose batch was packed
 * @param streams of each domain; START for one without documents
 * @param schedule which domains come next
 */
public record DataPosition(
    long step, List<DomainStream.Position> streams, DomainSchedule.Position schedule) {
  /** The start of a run with so many domains. */
  public static DataPosition start(int domains) {
    return new DataPosition(
        0,
        Collections.nCopies(domains, DomainStream.Position.START),
        new DomainSchedule.Position(
            Collections.nCopies(domains, 0L), Collections.nCopies(domains, 0.0)));
  }
}

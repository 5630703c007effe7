package jingwei.model.data;

import java.util.Collections;
import java.util.List;

/**
 * The position of a run in its data, saved in checkpoints.
 *
 * @param step the last step whose batch was packed
 * @param streams position in each domain; START for a domain without documents
 * @param schedule state of the domain schedule
 */
public record DataPosition(
    long step, List<DomainStream.Position> streams, DomainSchedule.Position schedule) {
  /** The start of a run with this number of domains. */
  public static DataPosition start(int domains) {
    return new DataPosition(
        0,
        Collections.nCopies(domains, DomainStream.Position.START),
        new DomainSchedule.Position(
            Collections.nCopies(domains, 0L), Collections.nCopies(domains, 0.0)));
  }
}

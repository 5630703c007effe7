package jingwei.actors.settings;

import java.time.Duration;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.UserException;

/**
 * How a session through actors uses the machine. None of it changes a bit of the result.
 *
 * @param workers threads that compute
 * @param inFlight micro-batches in flight; 0 for as many as a step has, eight at most where the
 *     memory has room
 * @param recompute whether activations within a block are computed again in the backward instead of
 *     kept: less memory for about a third more work
 * @param lookahead batches after the one being computed whose experts are brought ahead
 * @param deadline longest wait without a report
 * @param transport of tensors
 */
public record ActorSettings(
    int workers,
    int inFlight,
    boolean recompute,
    int lookahead,
    Duration deadline,
    TransportSettings transport) {
  public ActorSettings {
    if (workers < 1) {
      throw new UserException("lanes = %d must be above zero.".formatted(workers));
    }
    if (inFlight < 0) {
      throw new UserException("inFlight = %d must not be below zero.".formatted(inFlight));
    }
    if (lookahead < 0) {
      throw new UserException("lookahead = %d must not be below zero.".formatted(lookahead));
    }
  }

  /** The same with another number of micro-batches in flight. */
  public ActorSettings withInFlight(int microBatches) {
    return new ActorSettings(workers, microBatches, recompute, lookahead, deadline, transport);
  }

  /** The same with another deadline, the transport's too. */
  public ActorSettings withDeadline(Duration other) {
    return new ActorSettings(
        workers, inFlight, recompute, lookahead, other, transport.withDeadline(other.toMillis()));
  }
}

package jingwei.actors.settings;

import java.time.Duration;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.UserException;

/**
 * How each device uses its machine. No setting changes a bit of the result.
 *
 * @param workers threads that compute on a device
 * @param inFlight micro-batches in flight on a device; 0 for all micro-batches of a step, but at
 *     most eight, as memory allows
 * @param recompute whether the backward recomputes activations within a block instead of keeping
 *     them: less memory for about a third more work
 * @param lookahead batches after the one being computed whose experts are prefetched
 * @param deadline longest time without progress
 * @param transport how tensors move
 */
public record ActorSettings(
    int workers,
    int inFlight,
    boolean recompute,
    int lookahead,
    Duration deadline,
    TransportSettings transport) {
  /**
   * @throws UserException if a number is out of its range
   */
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

  /** The same with another number of workers. */
  public ActorSettings withWorkers(int number) {
    return new ActorSettings(number, inFlight, recompute, lookahead, deadline, transport);
  }

  /** The same with another link between devices and hosts. */
  public ActorSettings withLink(LinkSettings link) {
    return new ActorSettings(
        workers, inFlight, recompute, lookahead, deadline, transport.withLink(link));
  }

  /** The same with another deadline, the transport's too. */
  public ActorSettings withDeadline(Duration other) {
    return new ActorSettings(
        workers, inFlight, recompute, lookahead, other, transport.withDeadline(other.toMillis()));
  }
}

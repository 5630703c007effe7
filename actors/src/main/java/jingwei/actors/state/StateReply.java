package jingwei.actors.state;

import jingwei.actors.step.OfSession;
import jingwei.actors.transport.TensorRef;
import jingwei.model.state.OwnerClock;

/** The answer of an owner to a {@link StateRequest}. */
public sealed interface StateReply extends OfSession {
  /** Number of the request that is answered. */
  long request();

  /** The counts of an owner, and so the number of its parts. */
  record Described(long incarnation, long request, int owner, OwnerClock clock)
      implements StateReply {}

  /** The owner has asked its transport for a part. */
  record Ready(long request, int owner, TensorRef part) implements StateReply {
    @Override
    public long incarnation() {
      return part.incarnation();
    }
  }

  /** The owner has the new state. */
  record Filled(long incarnation, long request, int owner) implements StateReply {}
}

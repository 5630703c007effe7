package jingwei.actors.state;

import jingwei.actors.transport.TensorRef;
import jingwei.model.state.OwnerClock;

/** The answer of an owner to a {@link StateRequest}. */
public sealed interface StateReply {
  /** The counts of an owner, and so the number of its parts. */
  record Described(int owner, OwnerClock clock) implements StateReply {}

  /** The owner has asked its transport for a part. */
  record Ready(int owner, TensorRef part) implements StateReply {}

  /** The owner has the new state. */
  record Filled(int owner) implements StateReply {}
}

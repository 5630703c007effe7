package jingwei.actors.state;

import java.util.List;
import jingwei.actors.step.OfSession;
import jingwei.actors.transport.TensorRef;
import jingwei.model.state.OwnerClock;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Reads or fills the state of an owner while no step is open. The parts of a state are its weights,
 * its first and second moment, and its older weights, latest first.
 */
public sealed interface StateRequest extends OfSession {
  /** Number of the request, counted by its sender from 1. */
  long number();

  /** Index among the decoder's owners. */
  int owner();

  /** Asks for the counts of an owner; answered with {@link StateReply.Described}. */
  record Describe(long incarnation, long number, int owner, ActorRef<StateReply> replyTo)
      implements StateRequest {}

  /**
   * Asks for the parts of a state.
   *
   * @param parts names of the tensors; the receiver has asked its transport for them
   */
  record Give(long incarnation, long number, int owner, List<TensorRef> parts)
      implements StateRequest {
    public Give {
      parts = List.copyOf(parts);
    }
  }

  /**
   * Announces a state, which replaces that of the owner. Answered with {@link StateReply.Ready} for
   * each part that the owner waits for, and with {@link StateReply.Filled}.
   *
   * @param clock its counts, and so the number of its parts
   * @param parts names of the tensors
   */
  record Fill(
      long incarnation,
      long number,
      int owner,
      OwnerClock clock,
      List<TensorRef> parts,
      ActorRef<StateReply> replyTo)
      implements StateRequest {
    public Fill {
      parts = List.copyOf(parts);
    }
  }
}

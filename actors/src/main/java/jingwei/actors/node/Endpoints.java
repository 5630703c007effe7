package jingwei.actors.node;

import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorTransport;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Numbers the actors of a node that send and receive tensors. The numbers are unique on the node.
 *
 * @param node number of the node
 * @param incarnation of the session
 * @param loans of the node
 * @param transport of the node
 */
public record Endpoints(
    int node, long incarnation, BufferLoans loans, ActorRef<TensorTransport.Command> transport) {
  static final int SCHEDULER = 0;
  static final int STORE = 1;

  /** Moves the states of owners to and from the coordinator. */
  public static final int STATES = 2;

  private static final int FIRST_STAGE = 3;

  /** The endpoint of the actor with this number. */
  public TensorExchange.Endpoint of(int actor) {
    return new TensorExchange.Endpoint(node, actor, incarnation, loans, transport);
  }

  TensorExchange.Endpoint ofStage(int stage) {
    return of(FIRST_STAGE + 2 * stage);
  }

  TensorExchange.Endpoint ofOwner(int stage) {
    return of(FIRST_STAGE + 2 * stage + 1);
  }
}

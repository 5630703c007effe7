package jingwei.actors.transport;

import jingwei.actors.link.LinkDirection;
import jingwei.model.memory.Matrix;
import org.apache.pekko.actor.typed.ActorRef;

/** Sends and receives the tensors of one actor through the transport of its node. */
public final class TensorExchange {
  private final Endpoint endpoint;
  private final LinkDirection link;
  private final TransferNumbers numbers;
  private final ActorRef<TensorTransport.Reply> moved;
  private final AwaitedReplies<Runnable> whenMoved;

  /**
   * The end of an actor's transfers.
   *
   * @param node number of the node
   * @param actor number of the actor, unique on its node
   * @param incarnation of the session
   * @param loans of the node
   * @param transport of the node
   */
  public record Endpoint(
      int node,
      int actor,
      long incarnation,
      BufferLoans loans,
      ActorRef<TensorTransport.Command> transport) {
    /**
     * @param name of the actor, for messages
     * @param moved the actor, which passes each reply to {@link TensorExchange#moved}
     */
    public TensorExchange exchange(String name, ActorRef<TensorTransport.Reply> moved) {
      return new TensorExchange(
          this,
          LinkDirection.NONE,
          new TransferNumbers(node, actor),
          moved,
          new AwaitedReplies<>(name));
    }
  }

  private TensorExchange(
      Endpoint endpoint,
      LinkDirection link,
      TransferNumbers numbers,
      ActorRef<TensorTransport.Reply> moved,
      AwaitedReplies<Runnable> whenMoved) {
    this.endpoint = endpoint;
    this.link = link;
    this.numbers = numbers;
    this.moved = moved;
    this.whenMoved = whenMoved;
  }

  /** The same exchange, whose sent tensors cross the link between device and host. */
  public TensorExchange over(LinkDirection direction) {
    return new TensorExchange(endpoint, direction, numbers, moved, whenMoved);
  }

  /** Names the tensor of a new transfer. */
  public TensorRef name(String name, long version, Matrix bytes) {
    return new TensorRef(
        numbers.next(), endpoint.incarnation, name, version, bytes.size(), bytes.type());
  }

  /** Receives a tensor, then runs an action in the actor. */
  public void receive(TensorRef tensor, Matrix into, Runnable then) {
    endpoint.loans.lendDestination(tensor, into);
    receiveLent(tensor, then);
  }

  /** The same for a destination that may be exchanged for the source. */
  public void receive(TensorRef tensor, Transferable into, Runnable then) {
    endpoint.loans.lendDestination(tensor, into);
    receiveLent(tensor, then);
  }

  private void receiveLent(TensorRef tensor, Runnable then) {
    whenMoved.put(tensor, then);
    endpoint.transport.tell(new TensorTransport.Receive(tensor, moved));
  }

  /**
   * Sends a tensor to a node, then runs an action in the actor.
   *
   * @param to number of the node, whose receiver has asked its transport for the tensor
   */
  public void send(TensorRef tensor, int to, Matrix from, Runnable then) {
    endpoint.loans.lendSource(tensor, from);
    sendLent(tensor, to, then);
  }

  /** The same for a source that may be exchanged for the destination. */
  public void send(TensorRef tensor, int to, Transferable from, Runnable then) {
    endpoint.loans.lendSource(tensor, from);
    sendLent(tensor, to, then);
  }

  private void sendLent(TensorRef tensor, int to, Runnable then) {
    whenMoved.put(tensor, then);
    endpoint.transport.tell(new TensorTransport.Send(tensor, to, link, moved));
  }

  /**
   * Runs the action of a tensor that was moved.
   *
   * @throws IllegalStateException if it was not
   */
  public void moved(TensorTransport.Reply reply) {
    whenMoved.take(reply).run();
  }
}

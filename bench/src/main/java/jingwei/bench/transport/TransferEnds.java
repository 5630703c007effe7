package jingwei.bench.transport;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.model.memory.ElementType;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Names the tensors of a route, and hears of their arrival. */
final class TransferEnds implements AutoCloseable {
  private final Map<TransferId, Runnable> waiting = new ConcurrentHashMap<>();
  private final AtomicLong transfers = new AtomicLong();
  private final ActorSystem<TensorTransport.Reply> actor;

  /**
   * @param route name of the route
   */
  TransferEnds(String route) {
    actor =
        ActorSystem.create(
            Behaviors.<TensorTransport.Reply>receiveMessage(this::onReply), route + "-ends");
  }

  /**
   * The next tensor, from node 0.
   *
   * @param bytes its length, a multiple of 4
   * @param arrived runs when it has arrived
   */
  TensorRef next(long incarnation, long bytes, Runnable arrived) {
    TransferId transfer = new TransferId(0, 0, transfers.incrementAndGet());
    waiting.put(transfer, arrived);
    return new TensorRef(transfer, incarnation, "tensor", 1, bytes / 4, ElementType.FLOAT32);
  }

  /** Receives the replies of transports. */
  ActorRef<TensorTransport.Reply> actor() {
    return actor;
  }

  private Behavior<TensorTransport.Reply> onReply(TensorTransport.Reply reply) {
    switch (reply) {
      case TensorTransport.Arrived arrived -> waiting.remove(arrived.tensor().transfer()).run();
      case TensorTransport.Sent sent -> {}
      case TensorTransport.Failed failed -> throw new IllegalStateException(failed.reason());
    }
    return Behaviors.same();
  }

  @Override
  public void close() {
    Routes.end(actor);
  }
}

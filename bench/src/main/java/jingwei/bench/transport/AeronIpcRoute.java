package jingwei.bench.transport;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferId;
import jingwei.actors.transport.TransportNode;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.memory.ElementType;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The product's own transport: actors name tensors, and Aeron's log in shared memory moves them.
 */
final class AeronIpcRoute implements TensorRoute {
  private final BufferLoans loans = new BufferLoans();
  private final Map<TransferId, Runnable> waiting = new ConcurrentHashMap<>();
  private final AtomicLong transfers = new AtomicLong();
  private final ActorSystem<TensorTransport.Command> system;
  private final ActorRef<TensorTransport.Reply> ends;

  private final String name;
  private final LinkDirection[] directions;

  AeronIpcRoute() {
    this("aeron-ipc", LinkSettings.UNLIMITED, LinkDirection.NONE);
  }

  /**
   * @param directions in which tensors cross the link, in turn
   */
  AeronIpcRoute(String name, LinkSettings link, LinkDirection... directions) {
    this.name = name;
    this.directions = directions;
    system =
        ActorSystem.create(
            TensorTransport.create(
                TransportSettings.defaults().withLink(link),
                TransportNode.alone(),
                loans,
                FaultPlan.none(),
                new Progress()),
            name);
    ends =
        ActorSystem.create(
            Behaviors.<TensorTransport.Reply>receiveMessage(this::onReply), name + "-ends");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void send(MemorySegment from, MemorySegment to, Runnable arrived) {
    TransferId transfer = new TransferId(0, 0, transfers.incrementAndGet());
    TensorRef tensor =
        new TensorRef(transfer, 0, "tensor", 1, from.byteSize() / 4, ElementType.FLOAT32);
    waiting.put(transfer, arrived);
    loans.lendDestination(tensor, to);
    loans.lendSource(tensor, from);
    system.tell(new TensorTransport.Receive(tensor, ends));
    LinkDirection direction = directions[(int) (transfer.sequence() % directions.length)];
    system.tell(new TensorTransport.Send(tensor, 0, direction, ends));
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
    Routes.end(system);
    Routes.end((ActorSystem<?>) ends);
  }
}

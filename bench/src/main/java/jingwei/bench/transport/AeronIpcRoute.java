package jingwei.bench.transport;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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

  AeronIpcRoute() {
    system =
        ActorSystem.create(
            TensorTransport.create(
                TransportSettings.defaults(),
                TransportNode.alone(),
                loans,
                FaultPlan.none(),
                new Progress()),
            "aeron-ipc");
    ends =
        ActorSystem.create(
            Behaviors.<TensorTransport.Reply>receiveMessage(this::onReply), "aeron-ipc-ends");
  }

  @Override
  public String name() {
    return "aeron-ipc";
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
    system.tell(new TensorTransport.Send(tensor, 0, ends));
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

package jingwei.bench.transport;

import java.lang.foreign.MemorySegment;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransportNode;
import jingwei.actors.transport.TransportSettings;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * The product's own transport: actors name tensors, and Aeron's log in shared memory moves them.
 */
final class AeronIpcRoute implements TensorRoute {
  private final BufferLoans loans = new BufferLoans();
  private final ActorSystem<TensorTransport.Command> system;
  private final TransferEnds ends;

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
    ends = new TransferEnds(name);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void send(MemorySegment from, MemorySegment to, Runnable arrived) {
    TensorRef tensor = ends.next(0, from.byteSize(), arrived);
    loans.lendDestination(tensor, to);
    loans.lendSource(tensor, from);
    system.tell(new TensorTransport.Receive(tensor, ends.actor()));
    LinkDirection direction = directions[(int) (tensor.transfer().sequence() % directions.length)];
    system.tell(new TensorTransport.Send(tensor, 0, direction, ends.actor()));
  }

  @Override
  public void close() {
    Routes.end(system);
    ends.close();
  }
}

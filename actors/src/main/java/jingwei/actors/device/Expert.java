package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.decoder.Block;
import jingwei.model.decoder.Frame;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.optim.Adam;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * One feed-forward of one RRE layer. Its identity is permanent; its weights are on the device only
 * while it holds the lease of a slot, one for each step that it has a part in.
 *
 * <p>Work that comes before the lease waits here, in order. A lease that is asked back is given
 * back between two products, with its running gradient.
 */
public final class Expert extends AbstractBehavior<Expert.Command> {
  public sealed interface Command {}

  /**
   * Rows of a micro-batch have been dispatched to this expert.
   *
   * @param place among the active experts of the layer in this micro-batch, which says which rows
   * @param isLast no later work of this step comes
   */
  record Compute(MicroBatchRef microBatch, int place, boolean isBackward, boolean isLast)
      implements Command {}

  /**
   * The slot holds this expert's weights, and its running gradient if it had one.
   *
   * @param readAsOf the step after which the weights were
   */
  record Lease(long step, int slot, long readAsOf) implements Command {}

  /** Asks for the slot. */
  record Revoke(long step) implements Command {}

  private static final class Part {
    private final Deque<Compute> waiting = new ArrayDeque<>();
    private Slot slot;
    private long readAsOf;
    private boolean asked;
  }

  private final Device device;
  private final Peers peers;
  private final Block.Routed block;
  private final int blockIndex;
  private final int owner;
  private final String name;
  private final Map<Long, Part> parts = new HashMap<>();

  private Expert(
      ActorContext<Command> context,
      Device device,
      Peers peers,
      Block.Routed block,
      int blockIndex,
      int owner) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.block = block;
    this.blockIndex = blockIndex;
    this.owner = owner;
    this.name = device.decoder().owners().get(owner).name();
  }

  /**
   * @param blockIndex of the routed block among all blocks
   * @param owner index of the expert among the decoder's owners
   */
  public static Behavior<Command> create(
      Device device, Peers peers, Block.Routed block, int blockIndex, int owner) {
    return Behaviors.setup(context -> new Expert(context, device, peers, block, blockIndex, owner));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Compute compute -> onCompute(compute);
      case Lease(long step, int slot, long readAsOf) -> onLease(step, slot, readAsOf);
      case Revoke(long step) -> onRevoke(step);
    }
    return this;
  }

  private void onCompute(Compute compute) {
    device.workers().taken();
    long step = compute.microBatch.step();
    Part part = parts.computeIfAbsent(step, s -> new Part());
    part.waiting.add(compute);
    if (part.slot != null) {
      work(step, part);
    } else if (!part.asked) {
      part.asked = true;
      peers.scheduler().tell(new DeviceScheduler.Need(new ResidencyKey(owner, step)));
    }
  }

  private void onLease(long step, int slot, long readAsOf) {
    Part part = parts.computeIfAbsent(step, s -> new Part());
    part.slot = device.slot(slot);
    part.readAsOf = readAsOf;
    part.asked = false;
    work(step, part);
  }

  private void onRevoke(long step) {
    Part part = parts.get(step);
    if (part == null || part.slot == null) {
      return; // it was given back for good before the message came
    }
    long startedBits = part.slot.gradients().startedBits();
    part.slot = null;
    peers.scheduler().tell(new DeviceScheduler.Yielded(new ResidencyKey(owner, step), startedBits));
  }

  private void work(long step, Part part) {
    while (!part.waiting.isEmpty()) {
      Compute compute = part.waiting.remove();
      device.faults().inject(name, step);
      device.workers().run(workspace -> compute(workspace, compute, part.slot));
      ResidencyKey visit = new ResidencyKey(owner, step);
      if (compute.isLast) {
        parts.remove(step);
        finish(visit, part);
      } else {
        peers.scheduler().tell(new DeviceScheduler.Used(visit, compute.isBackward));
      }
      // After the scheduler: when the step is over, it has been told everything.
      peers
          .stage(1 + blockIndex)
          .tell(new DenseStage.ExpertDone(compute.microBatch, compute.isBackward));
    }
  }

  /**
   * The gradient is measured here, while the caches still hold it; and the norm of the step does
   * not wait for its way to the store.
   */
  private void finish(ResidencyKey visit, Part part) {
    long startedBits = part.slot.gradients().startedBits();
    if (startedBits == 0) {
      peers.scheduler().tell(new DeviceScheduler.Finished(visit, 0));
      return;
    }
    device
        .workers()
        .run(
            workspace -> {
              Gradients total = part.slot.gradients().total(workspace.kernels());
              double squares = Adam.sumOfSquares(workspace.kernels(), total);
              peers
                  .coordinator()
                  .tell(new StepEvent.Measured(visit.step(), owner, squares, part.readAsOf));
              peers.scheduler().tell(new DeviceScheduler.Finished(visit, startedBits));
            });
  }

  private void compute(Workspace workspace, Compute compute, Slot slot) {
    MicroBatchRef microBatch = compute.microBatch;
    Frame frame = device.frame(microBatch);
    if (compute.isBackward) {
      device
          .backwardPass()
          .backwardExpert(
              workspace,
              frame,
              block,
              blockIndex,
              compute.place,
              slot.weights(),
              slot.gradients().of(microBatch.replica()));
    } else {
      device
          .forwardPass()
          .forwardExpert(workspace, frame, block, blockIndex, compute.place, slot.weights());
    }
  }
}

package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.decoder.StagePass;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.optim.Adam;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * One feed-forward expert of one RRE layer. The actor lives as long as the session. Its weights are
 * on the device only while it holds the lease of a slot; it has one lease for each step with work
 * for it.
 *
 * <p>Work that comes before the lease waits here, in order. An expert gives a revoked lease back
 * between two products, with its partial gradient.
 */
public final class Expert extends AbstractBehavior<Expert.Command> {
  public sealed interface Command {}

  /**
   * Rows of a micro-batch have been dispatched to this expert.
   *
   * @param place among the active experts of the layer in this micro-batch; it selects the rows
   * @param isLast no later work of this step comes
   */
  record Compute(MicroBatchRef microBatch, int place, boolean isBackward, boolean isLast)
      implements Command {}

  /**
   * The slot holds this expert's weights, and its partial gradient if it has one.
   *
   * @param readAsOf the slot holds the weights as they were after this step
   */
  record Lease(long step, int slot, long readAsOf) implements Command {}

  /** Asks the expert to give its slot back. */
  record Revoke(long step) implements Command {}

  /** The work of this expert in one step. */
  private static final class StepWork {
    private final Deque<Compute> waiting = new ArrayDeque<>();
    private Slot slot;
    private long readAsOf;
    private boolean asked;
  }

  private final Device device;
  private final Peers peers;
  private final int stage;
  private final int owner;
  private final String name;
  private final Map<Long, StepWork> open = new HashMap<>();

  private Expert(ActorContext<Command> context, Device device, Peers peers, int stage, int owner) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.stage = stage;
    this.owner = owner;
    this.name = device.decoder().owners().get(owner).name();
  }

  /**
   * @param stage that the expert belongs to
   * @param owner index of the expert among the decoder's owners
   */
  public static Behavior<Command> create(Device device, Peers peers, int stage, int owner) {
    return Behaviors.setup(context -> new Expert(context, device, peers, stage, owner));
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
    StepWork work = open.computeIfAbsent(step, s -> new StepWork());
    work.waiting.add(compute);
    if (work.slot != null) {
      doWork(step, work);
    } else if (!work.asked) {
      work.asked = true;
      peers.scheduler().tell(new DeviceScheduler.Need(new ResidencyKey(owner, step)));
    }
  }

  private void onLease(long step, int slot, long readAsOf) {
    StepWork work = open.computeIfAbsent(step, s -> new StepWork());
    if (work.slot != null) {
      throw new IllegalStateException(
          "%s was leased slot %d for step %d, and holds slot %d"
              .formatted(name, slot, step, work.slot.index()));
    }
    work.slot = device.slot(slot);
    work.readAsOf = readAsOf;
    work.asked = false;
    doWork(step, work);
  }

  private void onRevoke(long step) {
    StepWork work = open.get(step);
    if (work == null || work.slot == null) {
      return; // the lease was given back before the message came
    }
    long startedBits = work.slot.gradients().startedBits();
    work.slot = null;
    peers.scheduler().tell(new DeviceScheduler.Yielded(new ResidencyKey(owner, step), startedBits));
  }

  private void doWork(long step, StepWork work) {
    while (!work.waiting.isEmpty()) {
      Compute compute = work.waiting.remove();
      device.faults().inject(name, step);
      device.workers().run(worker -> compute(worker, compute, work.slot));
      ResidencyKey key = new ResidencyKey(owner, step);
      if (compute.isLast) {
        open.remove(step);
        finish(key, work);
      } else {
        peers.scheduler().tell(new DeviceScheduler.Used(key, compute.isBackward));
      }
      // Tell the scheduler first: it then has all reports when the step is over.
      peers
          .stage(stage)
          .tell(new DenseStage.ExpertDone(compute.microBatch, compute.place, compute.isBackward));
    }
  }

  /**
   * Measures the gradient here, while it is in the cache. So the norm of the step need not wait for
   * the transfer to the store. If other devices contribute, only the store has the whole gradient.
   */
  private void finish(ResidencyKey key, StepWork work) {
    long startedBits = work.slot.gradients().startedBits();
    if (startedBits == 0 || Long.bitCount(device.devicesOf(key)) > 1) {
      peers.scheduler().tell(new DeviceScheduler.Finished(key, startedBits));
      return;
    }
    double squares =
        device
            .workers()
            .call(
                worker -> {
                  Gradients total = work.slot.gradients().total(worker.kernels());
                  return Adam.sumOfSquares(worker.kernels(), total);
                });
    peers
        .coordinator()
        .tell(
            new StepEvent.Measured(
                peers.incarnation().number(), key.step(), owner, squares, work.readAsOf));
    peers.scheduler().tell(new DeviceScheduler.Finished(key, startedBits));
  }

  private void compute(Workspace worker, Compute compute, Slot slot) {
    MicroBatchRef microBatch = compute.microBatch;
    StagePass pass = device.activations(microBatch).stage(stage);
    if (compute.isBackward) {
      Gradients gradients = slot.gradients().of(device.place().local(microBatch.replica()));
      pass.backwardExpert(worker, compute.place, slot.weights(), gradients);
    } else {
      pass.forwardExpert(worker, compute.place, slot.weights());
    }
  }
}

package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchRoutes;
import jingwei.model.decoder.Frame;
import jingwei.model.layer.Gradients;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.routing.RoutePlan;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepDecision;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * A dense part of the decoder: the embedding with the head, a block, or the output. It owns its
 * weights, gradients and moments.
 *
 * <p>Micro-batches leave a stage in the order in which they came, in both directions: so every
 * gradient is added up in one order, however long an expert takes.
 */
public final class DenseStage extends AbstractBehavior<DenseStage.Command> {
  public sealed interface Command {}

  /** A micro-batch comes from the stage below; to the embedding, from the coordinator. */
  public record Forward(MicroBatchRef microBatch) implements Command {}

  /** A micro-batch comes from the output to the head. */
  record Head(MicroBatchRef microBatch) implements Command {}

  /** A micro-batch comes back from the stage above; to the output, from the head. */
  record Backward(MicroBatchRef microBatch) implements Command {}

  /** The gradient of a micro-batch is on its way down; those of the linears are left to do. */
  record WeightGradients(MicroBatchRef microBatch) implements Command {}

  /** An expert has written its rows of the frame. */
  record ExpertDone(MicroBatchRef microBatch, boolean isBackward) implements Command {}

  /** What is to become of the gradient of a step. */
  public record Decide(StepDecision decision) implements Command {}

  /** A micro-batch that is at the experts. */
  private static final class Dispatched {
    private final MicroBatchRef microBatch;
    private int left;

    Dispatched(MicroBatchRef microBatch, int left) {
      this.microBatch = microBatch;
      this.left = left;
    }
  }

  private final Device device;
  private final Peers peers;
  private final int stage;
  private final int ownerIndex;
  private final StageOwner owner;
  private final StageWork work;
  private final LossMeter meter;
  private final Deque<MicroBatchRef> notReady = new ArrayDeque<>();
  private final Deque<Dispatched> forwardAtExperts = new ArrayDeque<>();
  private final Deque<Dispatched> backwardAtExperts = new ArrayDeque<>();
  private List<DomainLoss> domainLosses;

  private DenseStage(
      ActorContext<Command> context,
      Device device,
      Peers peers,
      int stage,
      WeightHistory weights,
      long applied,
      LossMeter meter) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.stage = stage;
    this.ownerIndex = device.decoder().owners().indexOf(weights.state().owner());
    this.owner = new StageOwner(device, weights, applied);
    this.work = StageWork.of(device, stage);
    this.meter = meter;
    this.domainLosses = meter.none();
  }

  /**
   * @param stage see {@link Peers#stage}
   * @param weights of its owner, which it takes over
   * @param applied last step that the weights have seen
   * @param meter adds up losses, in the head
   */
  public static Behavior<Command> create(
      Device device, Peers peers, int stage, WeightHistory weights, long applied, LossMeter meter) {
    return Behaviors.setup(
        context -> new DenseStage(context, device, peers, stage, weights, applied, meter));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Forward(MicroBatchRef microBatch) -> onForward(microBatch);
      case Head(MicroBatchRef microBatch) -> onHead(microBatch);
      case Backward(MicroBatchRef microBatch) -> onBackward(microBatch);
      case WeightGradients(MicroBatchRef microBatch) -> onWeightGradients(microBatch);
      case ExpertDone(MicroBatchRef microBatch, boolean isBackward) ->
          onExpertDone(microBatch, isBackward);
      case Decide(StepDecision decision) -> onDecide(decision);
    }
    return this;
  }

  private void onForward(MicroBatchRef microBatch) {
    device.workers().taken();
    notReady.add(microBatch);
    startReady();
  }

  /** Forwards wait, in order, until the version that they read has been made. */
  private void startReady() {
    while (!notReady.isEmpty() && owner.isReady(notReady.peek().step())) {
      forward(notReady.remove());
    }
  }

  private void forward(MicroBatchRef microBatch) {
    device.faults().inject(owner.state().owner().name(), microBatch.step());
    Frame frame = device.frame(microBatch);
    device
        .workers()
        .run(workspace -> work.forward(workspace, frame, owner.weights(microBatch.step())));
    switch (work) {
      case StageWork.Routed routed -> {
        int active = dispatch(routed, microBatch, false);
        forwardAtExperts.add(new Dispatched(microBatch, active));
      }
      case StageWork.Output output -> peers.work(0, new Head(microBatch));
      case StageWork.Embedding embedding -> peers.work(1, new Forward(microBatch));
      case StageWork.Dense dense -> peers.work(stage + 1, new Forward(microBatch));
    }
  }

  private void onHead(MicroBatchRef microBatch) {
    device.workers().taken();
    StageWork.Embedding head = (StageWork.Embedding) work;
    Frame frame = device.frame(microBatch);
    long step = microBatch.step();
    Batch batch = device.batches().get(step);
    device
        .workers()
        .run(
            workspace -> {
              if (microBatch.isTraining()) {
                double scale = 1.0 / Math.max(1, batch.numTargets());
                head.lossAndGradient(
                    workspace,
                    frame,
                    owner.weights(step),
                    owner.gradients(step, microBatch.replica()),
                    scale);
              } else {
                head.loss(workspace, frame, owner.weights(step));
              }
              domainLosses = meter.plus(domainLosses, frame.microBatch(), workspace.losses());
            });
    if (microBatch.isLast()) {
      peers.coordinator().tell(new StepEvent.Losses(step, domainLosses));
      domainLosses = meter.none();
    }
    if (microBatch.isTraining()) {
      peers.work(peers.numStages() - 1, new Backward(microBatch));
    } else {
      peers.coordinator().tell(new StepEvent.Passed(microBatch, ownerIndex));
    }
  }

  private void onBackward(MicroBatchRef microBatch) {
    device.workers().taken();
    device.faults().inject(owner.state().owner().name() + " backward", microBatch.step());
    switch (work) {
      case StageWork.Routed routed -> {
        Frame frame = device.frame(microBatch);
        device
            .workers()
            .run(
                workspace ->
                    routed.dispatchGradient(workspace, frame, owner.weights(microBatch.step())));
        int active = dispatch(routed, microBatch, true);
        backwardAtExperts.add(new Dispatched(microBatch, active));
      }
      case StageWork.Embedding embedding -> hold(embedding, microBatch);
      case StageWork.Dense dense -> backward(dense, microBatch);
      case StageWork.Output output -> backward(output, microBatch);
    }
  }

  private void onExpertDone(MicroBatchRef microBatch, boolean isBackward) {
    Deque<Dispatched> atExperts = isBackward ? backwardAtExperts : forwardAtExperts;
    for (Dispatched dispatched : atExperts) {
      dispatched.left -= dispatched.microBatch.equals(microBatch) ? 1 : 0;
    }
    while (!atExperts.isEmpty() && atExperts.peek().left == 0) {
      MicroBatchRef first = atExperts.remove().microBatch;
      if (isBackward) {
        backward((StageWork.Routed) work, first);
      } else {
        combine(first);
      }
    }
  }

  private void onDecide(StepDecision decision) {
    owner.decision(decision);
    apply();
  }

  private void combine(MicroBatchRef microBatch) {
    StageWork.Routed routed = (StageWork.Routed) work;
    device.workers().run(workspace -> routed.combine(workspace, device.frame(microBatch)));
    peers.work(stage + 1, new Forward(microBatch));
  }

  private void backward(StageWork.Upper upper, MicroBatchRef microBatch) {
    long step = microBatch.step();
    Frame frame = device.frame(microBatch);
    Gradients gradients = owner.gradients(step, microBatch.replica());
    device
        .workers()
        .run(
            workspace -> {
              upper.backward(workspace, frame, owner.weights(step), gradients);
              if (upper instanceof StageWork.OfBlock block && frame.recomputes()) {
                block.weightGradients(workspace, frame, gradients);
              }
            });
    peers.work(stage - 1, new Backward(microBatch));
    if (upper instanceof StageWork.OfBlock && !frame.recomputes()) {
      peers.work(stage, new WeightGradients(microBatch));
    } else {
      passed(microBatch);
    }
  }

  private void onWeightGradients(MicroBatchRef microBatch) {
    device.workers().taken();
    device.faults().inject(owner.state().owner().name() + " weight gradients", microBatch.step());
    StageWork.OfBlock block = (StageWork.OfBlock) work;
    Gradients gradients = owner.gradients(microBatch.step(), microBatch.replica());
    device
        .workers()
        .run(workspace -> block.weightGradients(workspace, device.frame(microBatch), gradients));
    passed(microBatch);
  }

  /** This stage is done with the frame of a micro-batch. */
  private void passed(MicroBatchRef microBatch) {
    peers.coordinator().tell(new StepEvent.Passed(microBatch, ownerIndex));
    if (microBatch.isLast()) {
      complete(microBatch.step());
    }
  }

  /** The embedding keeps the rows; the head has seen every micro-batch of which rows come back. */
  private void hold(StageWork.Embedding embedding, MicroBatchRef microBatch) {
    long step = microBatch.step();
    Batch batch = device.batches().get(step);
    device
        .workers()
        .run(
            workspace -> {
              embedding.hold(workspace, device.frame(microBatch));
              if ((microBatch.index() + 1) % batch.microBatchesPerReplica() == 0) {
                embedding.addHeld(workspace, owner.gradients(step, microBatch.replica()));
              }
            });
    passed(microBatch);
  }

  /** Sends the rows of each active expert to it; returns how many there are. */
  private int dispatch(StageWork.Routed routed, MicroBatchRef microBatch, boolean isBackward) {
    BatchRoutes routes = device.batches().get(microBatch.step()).routes();
    int layer = routed.block().layer();
    RoutePlan plan = routes.plans(microBatch.index()).get(layer);
    for (int i = 0; i < plan.numActive(); i++) {
      boolean isLast =
          isBackward == microBatch.isTraining()
              && routes.isLastUse(microBatch.index(), layer, plan.expert(i));
      int expert = device.decoder().expertIndex(routed.index(), plan.expert(i));
      peers.work(expert, new Expert.Compute(microBatch, i, isBackward, isLast));
    }
    return plan.numActive();
  }

  private void complete(long step) {
    device
        .workers()
        .run(
            workspace -> {
              double squares = owner.complete(workspace, step);
              peers
                  .coordinator()
                  .tell(new StepEvent.Measured(step, ownerIndex, squares, owner.readAsOf(step)));
            });
    apply();
  }

  private void apply() {
    while (owner.canApply()) {
      device
          .workers()
          .run(
              workspace -> {
                long step = owner.apply(workspace);
                peers
                    .coordinator()
                    .tell(new StepEvent.Updated(step, ownerIndex, owner.state().updates()));
              });
    }
    startReady();
  }
}

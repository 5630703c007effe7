package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchRoutes;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.EmbeddedGradients;
import jingwei.model.decoder.StagePass;
import jingwei.model.decoder.Workspace;
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
 * The dense part of one stage of the decoder. It owns the weights, gradients and moments. Stage 0
 * is the embedding; it also has the head, which uses the same word table.
 *
 * <p>Micro-batches leave a stage in the order in which they came, in both directions. So every
 * gradient is summed in one fixed order, however long an expert takes.
 */
public final class DenseStage extends AbstractBehavior<DenseStage.Command> {
  public sealed interface Command {}

  /** A micro-batch comes from the stage below. The embedding gets it from the coordinator. */
  public record Forward(MicroBatchRef microBatch) implements Command {}

  /** A micro-batch comes from the output to the head. */
  record Head(MicroBatchRef microBatch) implements Command {}

  /** A micro-batch comes back from the stage above. The output gets it from the head. */
  record Backward(MicroBatchRef microBatch) implements Command {}

  /**
   * The input gradient of a micro-batch was sent down; its weight gradients must still be computed.
   */
  record WeightGradients(MicroBatchRef microBatch) implements Command {}

  /**
   * An expert has written its rows of the activation buffers.
   *
   * @param place of the expert among the active ones of the micro-batch
   */
  record ExpertDone(MicroBatchRef microBatch, int place, boolean isBackward) implements Command {}

  /** The decision to apply or drop the gradient of a step. */
  public record Decide(StepDecision decision) implements Command {}

  private final Device device;
  private final Peers peers;
  private final int stage;
  private final int ownerIndex;
  private final OptionalInt layer;
  private final String name;
  private final StageOwner owner;
  private final EmbeddedGradients embedded;
  private final LossMeter meter;
  private final Deque<MicroBatchRef> notReady = new ArrayDeque<>();
  private final AtExperts forwardAtExperts = new AtExperts();
  private final AtExperts backwardAtExperts = new AtExperts();
  private List<DomainLoss> losses;

  private DenseStage(
      ActorContext<Command> context, Device device, Peers peers, int stage, Start start) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.stage = stage;
    this.ownerIndex = device.decoder().ownerOf(stage);
    this.layer = device.decoder().stages().get(stage).layer();
    this.name = device.decoder().owners().get(ownerIndex).name();
    this.owner = new StageOwner(device, start.weights, start.applied);
    this.embedded =
        new EmbeddedGradients(device.decoder(), device.type(), device.maxTokens(), device.memory());
    this.meter = start.meter;
    this.losses = meter.none();
  }

  /**
   * The initial state of a stage.
   *
   * @param weights of its owner, which the stage takes over
   * @param applied last step that was applied to the weights
   * @param meter adds up losses; only the head uses it
   */
  public record Start(WeightHistory weights, long applied, LossMeter meter) {}

  /**
   * @param stage index in the decoder's stages
   */
  public static Behavior<Command> create(Device device, Peers peers, int stage, Start start) {
    return Behaviors.setup(context -> new DenseStage(context, device, peers, stage, start));
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
      case ExpertDone done -> onExpertDone(done);
      case Decide(StepDecision decision) -> onDecide(decision);
    }
    return this;
  }

  private void onForward(MicroBatchRef microBatch) {
    device.workers().taken();
    notReady.add(microBatch);
    startReady();
  }

  /** Forwards wait, in order, until the version that they read exists. */
  private void startReady() {
    while (!notReady.isEmpty() && owner.isReady(notReady.peek().step())) {
      forward(notReady.remove());
    }
  }

  private void forward(MicroBatchRef microBatch) {
    device.faults().inject(name, microBatch.step());
    StagePass pass = pass(microBatch);
    device.workers().run(worker -> pass.forward(worker, owner.weights(microBatch.step())));
    forwardAtExperts.add(microBatch, dispatch(microBatch, false));
    finishForwards();
  }

  private void finishForwards() {
    while (forwardAtExperts.isFirstDone()) {
      MicroBatchRef microBatch = forwardAtExperts.removeFirst();
      device.workers().run(pass(microBatch)::combine);
      if (stage == peers.numStages() - 1) {
        peers.work(0, new Head(microBatch));
      } else {
        peers.work(stage + 1, new Forward(microBatch));
      }
    }
  }

  private void onHead(MicroBatchRef microBatch) {
    device.workers().taken();
    device.workers().run(worker -> head(worker, microBatch));
    long step = microBatch.step();
    if (microBatch.isLast()) {
      peers.coordinator().tell(new StepEvent.Losses(step, losses));
      losses = meter.none();
    }
    if (microBatch.isTraining()) {
      peers.work(peers.numStages() - 1, new Backward(microBatch));
    } else {
      peers.coordinator().tell(new StepEvent.Passed(microBatch, ownerIndex));
    }
  }

  private void head(Workspace worker, MicroBatchRef microBatch) {
    ActivationBuffers activations = device.activations(microBatch);
    long step = microBatch.step();
    if (microBatch.isTraining()) {
      double scale = 1.0 / Math.max(1, device.batches().get(step).numTargets());
      Gradients gradients = owner.gradients(step, microBatch.replica());
      activations.head().lossAndGradient(worker, owner.weights(step), gradients, scale);
    } else {
      activations.head().loss(worker, owner.weights(step));
    }
    losses = meter.plus(losses, activations.microBatch(), worker.losses());
  }

  private void onBackward(MicroBatchRef microBatch) {
    device.workers().taken();
    device.faults().inject(name + " backward", microBatch.step());
    if (stage == 0) {
      holdEmbedded(microBatch);
      return;
    }
    StagePass pass = pass(microBatch);
    device.workers().run(worker -> pass.dispatchGradient(worker, owner.weights(microBatch.step())));
    backwardAtExperts.add(microBatch, dispatch(microBatch, true));
    finishBackwards();
  }

  private void finishBackwards() {
    while (backwardAtExperts.isFirstDone()) {
      backward(backwardAtExperts.removeFirst());
    }
  }

  private void backward(MicroBatchRef microBatch) {
    long step = microBatch.step();
    StagePass pass = pass(microBatch);
    Gradients gradients = owner.gradients(step, microBatch.replica());
    boolean isComplete = device.activations(microBatch).recomputes();
    device
        .workers()
        .run(
            worker -> {
              pass.inputGradient(worker, owner.weights(step), gradients);
              if (isComplete) {
                pass.weightGradients(worker, gradients);
              }
            });
    peers.work(stage - 1, new Backward(microBatch));
    if (isComplete) {
      passed(microBatch);
    } else {
      peers.work(stage, new WeightGradients(microBatch));
    }
  }

  private void onWeightGradients(MicroBatchRef microBatch) {
    device.workers().taken();
    device.faults().inject(name + " weight gradients", microBatch.step());
    Gradients gradients = owner.gradients(microBatch.step(), microBatch.replica());
    device.workers().run(worker -> pass(microBatch).weightGradients(worker, gradients));
    passed(microBatch);
  }

  /** The head finishes a micro-batch before its embedding gradient arrives. */
  private void holdEmbedded(MicroBatchRef microBatch) {
    long step = microBatch.step();
    Batch batch = device.batches().get(step);
    boolean isLastOfReplica = (microBatch.index() + 1) % batch.microBatchesPerReplica() == 0;
    device
        .workers()
        .run(
            worker -> {
              embedded.hold(worker.kernels(), device.activations(microBatch));
              if (isLastOfReplica) {
                embedded.addTo(worker.kernels(), owner.gradients(step, microBatch.replica()));
              }
            });
    passed(microBatch);
  }

  private void onExpertDone(ExpertDone done) {
    if (done.isBackward) {
      backwardAtExperts.done(done.microBatch, done.place);
      finishBackwards();
    } else {
      forwardAtExperts.done(done.microBatch, done.place);
      finishForwards();
    }
  }

  /** Sends each active expert its rows; returns the number of active experts. */
  private int dispatch(MicroBatchRef microBatch, boolean isBackward) {
    RoutePlan plan = pass(microBatch).routes();
    boolean mayBeLast = isBackward == microBatch.isTraining();
    BatchRoutes routes = device.batches().get(microBatch.step()).routes();
    for (int i = 0; i < plan.numActive(); i++) {
      int expert = plan.expert(i);
      boolean isLast = mayBeLast && routes.isLastUse(microBatch.index(), layer.getAsInt(), expert);
      peers.work(
          device.decoder().ownerOf(stage, expert),
          new Expert.Compute(microBatch, i, isBackward, isLast));
    }
    return plan.numActive();
  }

  /** This stage is done with the activation buffers of a micro-batch. */
  private void passed(MicroBatchRef microBatch) {
    peers.coordinator().tell(new StepEvent.Passed(microBatch, ownerIndex));
    if (microBatch.isLast()) {
      complete(microBatch.step());
    }
  }

  private void complete(long step) {
    device
        .workers()
        .run(
            worker -> {
              double squares = owner.complete(worker, step);
              peers
                  .coordinator()
                  .tell(new StepEvent.Measured(step, ownerIndex, squares, owner.readAsOf(step)));
            });
    apply();
  }

  private void onDecide(StepDecision decision) {
    owner.decide(decision);
    apply();
  }

  private void apply() {
    while (owner.canApply()) {
      device
          .workers()
          .run(
              worker -> {
                long step = owner.apply(worker);
                peers
                    .coordinator()
                    .tell(new StepEvent.Updated(step, ownerIndex, owner.state().updates()));
              });
    }
    startReady();
  }

  private StagePass pass(MicroBatchRef microBatch) {
    return device.activations(microBatch).stage(stage);
  }
}

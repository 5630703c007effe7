package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.TokenLosses;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.model.data.BatchPart;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.EmbeddedGradients;
import jingwei.model.decoder.StagePass;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.SumOrder;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The dense part of one stage of the decoder on one device. Stage 0 is the embedding; it also has
 * the head, which uses the same word table.
 *
 * <p>The weights belong to a {@link StageOwner}. On its device the stage reads them in place
 * ({@link OwnWeights}); on other devices it has copies, and sends the owner its gradients ({@link
 * CopiedWeights}).
 *
 * <p>Micro-batches leave a stage in the order in which they came, in both directions. So every
 * gradient is summed in one fixed order, however long an expert takes ({@link SumOrder#FIXED}).
 */
public final class DenseStage extends AbstractBehavior<DenseStage.Command> {
  public sealed interface Command {}

  /** A step begins on this device. */
  record Begin(long step) implements Command {}

  /** A micro-batch comes from the stage below. The embedding gets it from {@link Admission}. */
  record Forward(MicroBatchRef microBatch) implements Command {}

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

  /** The weights that a step reads exist, and the owner lets this stage read them in place. */
  record MayRead(long step) implements Command {}

  /** The owner has asked its transport for the gradient that a copy announced. */
  public record Ready(TensorRef gradient) implements Command, OfSession {
    @Override
    public long incarnation() {
      return gradient.incarnation();
    }
  }

  /** The transport has moved a tensor, or has failed to. */
  record Moved(TensorTransport.Reply reply) implements Command {}

  private final Device device;
  private final Peers peers;
  private final int stage;
  private final OptionalInt layer;
  private final String name;
  private final StageWeights weights;
  private final EmbeddedGradients embedded;
  private final Deque<MicroBatchRef> notReady = new ArrayDeque<>();
  private final AtExperts forwardAtExperts;
  private final AtExperts backwardAtExperts;
  private final LastOnes lastOnes;

  private DenseStage(
      ActorContext<Command> context,
      Device device,
      Peers peers,
      int stage,
      TensorExchange.Endpoint endpoint,
      StageWeights.Factory weights) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.stage = stage;
    this.layer = device.decoder().stages().get(stage).layer();
    this.name = device.decoder().owners().get(device.decoder().ownerOf(stage)).name();
    SumOrder order = device.rules().order();
    this.forwardAtExperts = new AtExperts(order);
    this.backwardAtExperts = new AtExperts(order);
    this.lastOnes = LastOnes.in(order);
    this.embedded =
        new EmbeddedGradients(device.decoder(), device.type(), device.maxTokens(), device.memory());
    ActorRef<TensorTransport.Reply> moved =
        context.messageAdapter(TensorTransport.Reply.class, Moved::new);
    this.weights = weights.of(context.getSelf(), endpoint.exchange(name, moved));
  }

  /**
   * @param stage index in the decoder's stages
   * @param endpoint of this actor at the transport
   * @param weights owned or copied
   */
  public static Behavior<Command> create(
      Device device,
      Peers peers,
      int stage,
      TensorExchange.Endpoint endpoint,
      StageWeights.Factory weights) {
    return Behaviors.setup(
        context -> new DenseStage(context, device, peers, stage, endpoint, weights));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    if (command instanceof Ready ready && peers.incarnation().isForeign(ready)) {
      return this;
    }
    switch (command) {
      case Forward(MicroBatchRef microBatch) -> onForward(microBatch);
      case Head(MicroBatchRef microBatch) -> onHead(microBatch);
      case Backward(MicroBatchRef microBatch) -> onBackward(microBatch);
      case WeightGradients(MicroBatchRef microBatch) -> onWeightGradients(microBatch);
      case ExpertDone done -> onExpertDone(done);
      default -> {
        weights.on(command);
        startReady();
      }
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
    while (!notReady.isEmpty() && weights.isReady(notReady.peek().step())) {
      forward(notReady.remove());
    }
  }

  private void forward(MicroBatchRef microBatch) {
    device.faults().inject(name, microBatch.step());
    StagePass pass = pass(microBatch);
    device.workers().run(worker -> pass.forward(worker, weights.read(microBatch.step())));
    forwardAtExperts.add(microBatch, dispatch(microBatch, false));
    finishForwards();
  }

  private void finishForwards() {
    while (forwardAtExperts.isNextDone()) {
      MicroBatchRef microBatch = forwardAtExperts.removeNext();
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
    long step = microBatch.step();
    int tokens = device.part(step).microBatch(microBatch.index()).numTokens();
    TokenLosses losses =
        device
            .workers()
            .call(
                worker -> {
                  head(worker, microBatch);
                  return TokenLosses.copyOf(worker.losses(), tokens);
                });
    peers
        .coordinator()
        .tell(new StepEvent.Losses(peers.incarnation().number(), step, microBatch.index(), losses));
    if (microBatch.isTraining()) {
      peers.work(peers.numStages() - 1, new Backward(microBatch));
    } else {
      peers.passed(microBatch, stage);
    }
  }

  private void head(Workspace worker, MicroBatchRef microBatch) {
    ActivationBuffers activations = device.activations(microBatch);
    long step = microBatch.step();
    if (microBatch.isTraining()) {
      double scale = 1.0 / Math.max(1, device.part(step).numTargets());
      Gradients gradients = weights.gradients(step, microBatch.replica());
      activations.head().lossAndGradient(worker, weights.read(step), gradients, scale);
    } else {
      activations.head().loss(worker, weights.read(step));
    }
  }

  private void onBackward(MicroBatchRef microBatch) {
    device.workers().taken();
    device.faults().inject(name + " backward", microBatch.step());
    if (stage == 0) {
      holdEmbedded(microBatch);
      return;
    }
    StagePass pass = pass(microBatch);
    device.workers().run(worker -> pass.dispatchGradient(worker, weights.read(microBatch.step())));
    backwardAtExperts.add(microBatch, dispatch(microBatch, true));
    finishBackwards();
  }

  private void finishBackwards() {
    while (backwardAtExperts.isNextDone()) {
      backward(backwardAtExperts.removeNext());
    }
  }

  private void backward(MicroBatchRef microBatch) {
    long step = microBatch.step();
    StagePass pass = pass(microBatch);
    Gradients gradients = weights.gradients(step, microBatch.replica());
    boolean isComplete = device.activations(microBatch).recomputes();
    device
        .workers()
        .run(
            worker -> {
              pass.inputGradient(worker, weights.read(step), gradients);
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
    Gradients gradients = weights.gradients(microBatch.step(), microBatch.replica());
    device.workers().run(worker -> pass(microBatch).weightGradients(worker, gradients));
    passed(microBatch);
  }

  /** The head finishes a micro-batch before its embedding gradient arrives. */
  private void holdEmbedded(MicroBatchRef microBatch) {
    long step = microBatch.step();
    boolean isLastOfReplica = lastOnes.isLastOfReplica(device.part(step), microBatch.index());
    device
        .workers()
        .run(
            worker -> {
              embedded.hold(worker.kernels(), device.activations(microBatch));
              if (isLastOfReplica) {
                embedded.addTo(worker.kernels(), weights.gradients(step, microBatch.replica()));
              }
            });
    passed(microBatch, isLastOfReplica);
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
    BatchPart part = device.part(microBatch.step());
    for (int i = 0; i < plan.numActive(); i++) {
      int expert = plan.expert(i);
      boolean isLast =
          mayBeLast && lastOnes.isLastUse(part, microBatch.index(), layer.getAsInt(), expert);
      peers.work(
          device.decoder().ownerOf(stage, expert),
          new Expert.Compute(microBatch, i, isBackward, isLast));
    }
    return plan.numActive();
  }

  /** This stage is done with the activation buffers of a micro-batch. */
  private void passed(MicroBatchRef microBatch) {
    BatchPart part = device.part(microBatch.step());
    passed(microBatch, lastOnes.isLastOfReplica(part, microBatch.index()));
  }

  private void passed(MicroBatchRef microBatch, boolean isLastOfReplica) {
    peers.passed(microBatch, stage);
    if (isLastOfReplica) {
      weights.replicaIsDone(microBatch.step(), microBatch.replica());
      startReady();
    }
  }

  private StagePass pass(MicroBatchRef microBatch) {
    return device.activations(microBatch).stage(stage);
  }
}

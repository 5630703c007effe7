package jingwei.actors.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import jingwei.actors.device.DenseStage;
import jingwei.actors.device.DeviceScheduler;
import jingwei.actors.device.Peers;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepJudge;
import jingwei.model.step.StepRules;
import jingwei.model.step.Verdict;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Coordinates the open steps. It admits micro-batches as activation buffers become free, and adds
 * up the gradient norm. It decides whether a step is applied, and commits it when every owner holds
 * the new version.
 */
public final class StepCoordinator extends AbstractBehavior<StepCoordinator.Command> {
  public sealed interface Command {}

  /** Opens a step, or an evaluation; its batch is in the table. */
  record Begin(long step) implements Command {}

  /** Follows another schedule from the next step that is decided on. */
  record Follow(LearningRate learningRate) implements Command {}

  /**
   * Decides no further step; answered with {@link TrainingSession.GaveUp} as soon as every step
   * that an owner may apply is committed.
   */
  record GiveUp() implements Command {}

  private record Happened(StepEvent event) implements Command {}

  /** The scheduler has counted everything of a step. */
  private record Counted(long step) implements Command {}

  private enum Watch implements Command {
    TICK
  }

  /** Admits micro-batches to a device. */
  interface Admission {
    /** Most micro-batches in flight at once. */
    int places();

    /**
     * Sends a micro-batch to the first stage.
     *
     * @param plans where its tokens go, one for each RRE layer
     */
    void admit(MicroBatchRef reference, MicroBatch microBatch, List<RoutePlan> plans);
  }

  /**
   * The dependencies of a coordinator.
   *
   * @param batches of the steps that are begun
   * @param progress of the node
   * @param nanoTime a clock
   */
  record Dependencies(
      Decoder decoder,
      StepRules rules,
      BatchTable batches,
      FaultPlan faults,
      Progress progress,
      Admission admission,
      LongSupplier nanoTime) {}

  private final Dependencies dependencies;
  private final Peers peers;
  private final StepJudge judge;
  private final ActorRef<TrainingSession.Command> session;
  private final TreeMap<Long, StepState> open = new TreeMap<>();
  private final TreeMap<Long, StepState> closing = new TreeMap<>();
  private final Set<Long> countedSteps = new HashSet<>();
  private final ActorRef<Long> counted;
  private final Deque<Integer> freeBuffers = new ArrayDeque<>();
  private boolean isGivingUp;
  private final StallWatch watch;

  private StepCoordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Dependencies dependencies,
      Peers peers,
      SessionSettings settings,
      ActorRef<TrainingSession.Command> session) {
    super(context);
    this.dependencies = dependencies;
    this.peers = peers;
    this.judge = new StepJudge(dependencies.rules, settings.learningRate(), settings.before());
    this.session = session;
    counted = context.messageAdapter(Long.class, Counted::new);
    peers.coordinatorIs(context.messageAdapter(StepEvent.class, Happened::new));
    for (int buffers = 0; buffers < dependencies.admission.places(); buffers++) {
      freeBuffers.add(buffers);
    }
    watch = new StallWatch(dependencies.progress, settings.deadline(), dependencies.nanoTime);
    timers.startTimerWithFixedDelay(Watch.TICK, watch.interval());
  }

  static Behavior<Command> create(
      Dependencies dependencies,
      Peers peers,
      SessionSettings settings,
      ActorRef<TrainingSession.Command> session) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new StepCoordinator(context, timers, dependencies, peers, settings, session)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Begin(long step) -> onBegin(step);
      case Follow(LearningRate learningRate) -> judge.follow(learningRate);
      case GiveUp() -> onGiveUp();
      case Happened(StepEvent event) -> onEvent(event);
      case Counted(long step) -> onCounted(step);
      case Watch.TICK -> onTick();
    }
    return this;
  }

  private void onBegin(long step) {
    dependencies.faults.inject("coordinator", step);
    boolean isOver = step > 0 && step <= judge.before().step();
    if (isOver || open.containsKey(step) || closing.containsKey(step)) {
      throw new IllegalStateException("step=%d is begun twice".formatted(step));
    }
    StepState state = new StepState(dependencies.decoder, dependencies.batches.get(step));
    open.put(step, state);
    dependencies.progress.made();
    decideEarly(state);
    admit();
  }

  private void onGiveUp() {
    isGivingUp = true;
    giveUpIfNothingIsApplied();
  }

  private void giveUpIfNothingIsApplied() {
    if (isGivingUp && weightsAreAsCommitted()) {
      session.tell(new TrainingSession.GaveUp());
    }
  }

  /** Whether no owner may apply an open step. */
  private boolean weightsAreAsCommitted() {
    return closing.isEmpty() && open.values().stream().noneMatch(StepState::isDecided);
  }

  private void onEvent(StepEvent event) {
    dependencies.progress.made();
    StepState state = open.get(event.step());
    if (state == null) {
      throw new IllegalStateException("a report of a step that is not open: " + event);
    }
    state.take(event);
    switch (event) {
      case StepEvent.Passed(MicroBatchRef microBatch, int owner) -> {
        if (state.hasPassed(microBatch.index())) {
          freeBuffers.add(microBatch.buffers());
          admit();
        }
      }
      case StepEvent.Updated u -> {}
      case StepEvent.Measured m -> onMeasured(state);
      case StepEvent.Losses l -> onMeasured(state);
    }
    close();
  }

  /** Admits micro-batches, those of the oldest step first, while activation buffers are free. */
  private void admit() {
    for (StepState state : open.values()) {
      boolean isGivenUp = isGivenUp(state.batch().step());
      while (state.hasNext() && !isGivenUp && !freeBuffers.isEmpty()) {
        Batch batch = state.batch();
        int index = state.admitNext();
        MicroBatchRef reference =
            new MicroBatchRef(
                batch.step(),
                index,
                batch.microBatches().size(),
                batch.replicaOf(index),
                freeBuffers.remove());
        dependencies.admission.admit(
            reference, batch.microBatches().get(index), batch.routes().plans(index));
      }
    }
  }

  /** A step goes on if owners may apply it, or a later one: they apply steps in order. */
  private boolean isGivenUp(long step) {
    return isGivingUp && open.tailMap(step, true).values().stream().noneMatch(StepState::isDecided);
  }

  private void onMeasured(StepState state) {
    long step = state.batch().step();
    if (!state.isTraining() || !state.isMeasured() || isGivenUp(step) || !judge.isNext(step)) {
      return; // its predecessor is not judged yet; this step is judged after it
    }
    Verdict verdict = judge.judge(step, state.loss(), state.norm());
    if (!state.isDecided()) {
      tellOwners(verdict.decision());
    }
    state.judged(verdict);
    StepState next = open.get(step + 1);
    if (next != null) {
      decideEarly(next);
      onMeasured(next);
    }
  }

  /** If clipping does not need the step's own norm, owners may apply as soon as they are ready. */
  private void decideEarly(StepState state) {
    if (!state.isTraining() || isGivingUp) {
      return;
    }
    judge
        .early(state.batch().step())
        .ifPresent(
            decision -> {
              state.decidedEarly();
              tellOwners(decision);
            });
  }

  private void tellOwners(StepDecision decision) {
    for (int stage = 0; stage < peers.numStages(); stage++) {
      peers.stage(stage).tell(new DenseStage.Decide(decision));
    }
    peers.store().tell(new ParameterStore.Decide(decision));
  }

  /** Commits steps in order. */
  private void close() {
    while (!open.isEmpty()) {
      StepState oldest = open.firstEntry().getValue();
      long step = oldest.batch().step();
      if (oldest.isTraining() ? !oldest.isCommitted() : !oldest.isEvaluated()) {
        return;
      }
      open.remove(step);
      closing.put(step, oldest);
      peers.scheduler().tell(new DeviceScheduler.Close(step, counted));
    }
  }

  private void onCounted(long step) {
    if (!closing.containsKey(step) || !countedSteps.add(step)) {
      throw new IllegalStateException("step=%d is counted, but it is not closed".formatted(step));
    }
    dependencies.progress.made();
    // The scheduler may count a later step first; steps are committed in order.
    while (!closing.isEmpty() && countedSteps.remove(closing.firstKey())) {
      commit(closing.pollFirstEntry().getValue());
    }
    giveUpIfNothingIsApplied();
  }

  private void commit(StepState state) {
    session.tell(
        state.isTraining()
            ? new TrainingSession.Committed(state.result(), state.reads())
            : new TrainingSession.Evaluated(state.batch().step(), state.domains()));
  }

  private void onTick() {
    if (open.isEmpty()) {
      watch.begin();
    } else if (watch.isStalled()) {
      StepState oldest = open.firstEntry().getValue();
      throw new StalledException(
          "the coordinator waited %.0f s in %s for %s, and nothing got done in that time"
              .formatted(watch.stalledSeconds(), oldest, oldest.waitsFor()),
          weightsAreAsCommitted());
    }
  }
}

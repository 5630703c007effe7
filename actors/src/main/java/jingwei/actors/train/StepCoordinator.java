package jingwei.actors.train;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import jingwei.actors.device.DenseStage;
import jingwei.actors.device.Device;
import jingwei.actors.device.DeviceScheduler;
import jingwei.actors.device.Peers;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.model.data.RoutedBatch;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.BadStepException;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Leads the open steps: lets micro-batches in as frames become free, joins the norm, decides
 * whether a step is applied, and commits it when every owner holds the new version.
 */
public final class StepCoordinator extends AbstractBehavior<StepCoordinator.Command> {
  public sealed interface Command {}

  /** Opens a step, or an evaluation; its batch is in the table. */
  record Begin(long step) implements Command {}

  /** Follows another schedule from the next step that is decided on. */
  record Follow(LearningRate learningRate) implements Command {}

  /**
   * Permits no further step; answered with {@link TrainingSession.GaveUp} as soon as every step
   * that an owner may apply is committed.
   */
  record GiveUp() implements Command {}

  private record Happened(StepEvent event) implements Command {}

  /** The scheduler has counted everything of a step. */
  private record Counted(long step) implements Command {}

  private enum Watch implements Command {
    TICK
  }

  private final Device device;
  private final Peers peers;
  private final StepRules rules;
  private final ActorRef<TrainingSession.Command> session;
  private final TreeMap<Long, StepState> open = new TreeMap<>();
  private final TreeMap<Long, StepState> closing = new TreeMap<>();
  private final ActorRef<Long> counted;
  private final Deque<Integer> freeFrames = new ArrayDeque<>();
  private LearningRate learningRate;
  private StepsBefore before;
  private boolean isGivingUp;
  private final StallWatch watch;

  private StepCoordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Device device,
      Peers peers,
      SessionSettings settings,
      ActorRef<TrainingSession.Command> session) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.rules = device.rules();
    this.learningRate = settings.learningRate();
    this.before = settings.before();
    this.session = session;
    counted = context.messageAdapter(Long.class, Counted::new);
    peers.coordinatorIs(context.messageAdapter(StepEvent.class, Happened::new));
    for (int frame = 0; frame < device.numFrames(); frame++) {
      freeFrames.add(frame);
    }
    watch = new StallWatch(device.workers().progress(), settings.deadline(), System::nanoTime);
    timers.startTimerWithFixedDelay(Watch.TICK, watch.interval());
  }

  static Behavior<Command> create(
      Device device,
      Peers peers,
      SessionSettings settings,
      ActorRef<TrainingSession.Command> session) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new StepCoordinator(context, timers, device, peers, settings, session)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Begin(long step) -> onBegin(step);
      case Follow(LearningRate newLearningRate) -> learningRate = newLearningRate;
      case GiveUp() -> onGiveUp();
      case Happened(StepEvent event) -> onEvent(event);
      case Counted(long step) -> onCounted(closing.remove(step));
      case Watch.TICK -> onTick();
    }
    return this;
  }

  private void onBegin(long step) {
    device.faults().inject("coordinator", step);
    StepState state = new StepState(device.decoder(), device.batches().get(step));
    open.put(step, state);
    device.workers().progress().made();
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

  /** Whether no owner was permitted to apply an open step. */
  private boolean weightsAreAsCommitted() {
    return closing.isEmpty() && open.values().stream().noneMatch(StepState::isDecided);
  }

  private void onEvent(StepEvent event) {
    device.workers().progress().made();
    StepState state = open.get(event.step());
    state.take(event);
    switch (event) {
      case StepEvent.Passed(MicroBatchRef microBatch, int owner) -> {
        if (state.hasPassed(microBatch.index())) {
          freeFrames.add(microBatch.frame());
          admit();
        }
      }
      case StepEvent.Updated u -> {}
      case StepEvent.Measured m -> onMeasured(state);
      case StepEvent.Losses l -> onMeasured(state);
    }
    close();
  }

  /** Lets micro-batches in, those of the oldest step first, while there are frames. */
  private void admit() {
    for (StepState state : open.values()) {
      boolean isGivenUp = isGivingUp && !state.isDecided();
      while (state.hasNext() && !isGivenUp && !freeFrames.isEmpty()) {
        RoutedBatch batch = device.batches().get(state.batch().step());
        int index = state.admitNext();
        MicroBatchRef microBatch =
            new MicroBatchRef(
                state.batch().step(),
                index,
                state.batch().microBatches().size(),
                state.batch().replicaOf(index),
                freeFrames.remove());
        device.frame(microBatch).begin(state.batch().microBatches().get(index), batch.plans(index));
        peers.admit(microBatch);
      }
    }
  }

  private void onMeasured(StepState state) {
    if (!state.isTraining() || !state.isMeasured() || (isGivingUp && !state.isDecided())) {
      return;
    }
    long step = state.batch().step();
    if (before.step() != step - 1) {
      return; // measured before its predecessor, whose norm may clip it; it is looked at again then
    }
    state.judge(rules.spikes(), before.history());
    boolean isKnown = before.refuses(step);
    boolean refused = isKnown || state.isToBeRefused();
    boolean isTooLate = refused && state.isDecided();
    if (!isKnown && (isTooLate || rollsBack(state))) {
      throw new BadStepException(step, state.loss(), state.norm(), rollsBack(state));
    }
    if (!state.isDecided()) {
      decision(state, refused, state.norm());
    }
    before =
        refused
            ? before.plusRefused()
            : before.plusApplied(state.loss(), state.norm(), rules.spikes().window());
    StepState next = open.get(step + 1);
    if (next != null) {
      decideEarly(next);
      onMeasured(next);
    }
  }

  private boolean rollsBack(StepState state) {
    return rules.spikes().action() == SpikeRule.Action.ROLLBACK && state.isSpike();
  }

  /** Where clipping does not wait for the step's own norm, owners may apply when they are ready. */
  private void decideEarly(StepState state) {
    long step = state.batch().step();
    boolean known =
        switch (rules.adam().clip()) {
          case GLOBAL -> false;
          case PER_OWNER -> true;
          case PREVIOUS_NORM -> before.step() == step - 1;
        };
    boolean isWanted = state.isTraining() && !isGivingUp && !before.refuses(step);
    if (isWanted && known && !state.isDecided()) {
      decision(state, false, Double.NaN);
    }
  }

  private void decision(StepState state, boolean isRefused, double norm) {
    long step = state.batch().step();
    double rate = learningRate.at(step);
    state.decide(isRefused, rate);
    StepDecision decision =
        new StepDecision(step, isRefused, before.numberOf(step), rate, norm, before.norm());
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

  private void onCounted(StepState state) {
    device.workers().progress().made();
    session.tell(
        state.isTraining()
            ? new TrainingSession.Committed(state.result(), state.reads())
            : new TrainingSession.Evaluated(state.batch().step(), state.domains()));
    giveUpIfNothingIsApplied();
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

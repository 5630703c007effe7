package jingwei.actors.train;

import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import jingwei.actors.device.Admission;
import jingwei.actors.device.Directory;
import jingwei.actors.device.StageOwner;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.NewestStep;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.model.data.Batch;
import jingwei.model.decoder.Decoder;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.LearningRate;
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
 * Coordinates the open steps. It adds up losses and the gradient norm, decides whether a step is
 * applied, and commits it when every owner holds the new version.
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

  /** The actors of all nodes; comes before the first step. */
  record Connect(Directory directory) implements Command {}

  /** Something got done on a node. */
  record Progressed(int node) implements Command {}

  private record Happened(StepEvent event) implements Command {}

  private record ClosedBy(Admission.Closed closed) implements Command {}

  private record StoreClosed(ParameterStore.Closed closed) implements Command {}

  private record IsAt(Admission.IsAt where) implements Command {}

  private enum Watch implements Command {
    TICK
  }

  /**
   * The dependencies of a coordinator.
   *
   * @param batches of the steps that are begun
   * @param meter adds up losses
   * @param progress of the node
   * @param nanoTime a clock
   */
  record Dependencies(
      Decoder decoder,
      StepRules rules,
      BatchTable batches,
      LossMeter meter,
      FaultPlan faults,
      Progress progress,
      LongSupplier nanoTime) {}

  private final Dependencies dependencies;
  private final StepJudge judge;
  private final ActorRef<TrainingSession.Command> session;
  private final TreeMap<Long, StepState> open = new TreeMap<>();
  private final ClosingSteps closing = new ClosingSteps();
  private final ActorRef<Admission.Closed> closed;
  private final ActorRef<ParameterStore.Closed> storeClosed;
  private final ActorRef<Admission.IsAt> isAt;
  private Directory directory;
  private boolean isGivingUp;
  private final StallWatch watch;
  private final Incarnation incarnation;
  private final NewestStep begun;

  private StepCoordinator(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Dependencies dependencies,
      SessionSettings settings,
      Incarnation incarnation,
      ActorRef<TrainingSession.Command> session,
      ActorRef<ActorRef<StepEvent>> reports) {
    super(context);
    this.dependencies = dependencies;
    this.judge = new StepJudge(dependencies.rules, settings.learningRate(), settings.before());
    this.session = session;
    this.incarnation = incarnation;
    this.begun = new NewestStep(settings.before().step());
    closed = context.messageAdapter(Admission.Closed.class, ClosedBy::new);
    storeClosed = context.messageAdapter(ParameterStore.Closed.class, StoreClosed::new);
    isAt = context.messageAdapter(Admission.IsAt.class, IsAt::new);
    reports.tell(context.messageAdapter(StepEvent.class, Happened::new));
    watch = new StallWatch(dependencies.progress, settings.deadline(), dependencies.nanoTime);
    timers.startTimerWithFixedDelay(Watch.TICK, watch.interval());
  }

  /**
   * @param incarnation of the session
   * @param reports receives, once, the actor that takes reports about steps
   */
  static Behavior<Command> create(
      Dependencies dependencies,
      SessionSettings settings,
      Incarnation incarnation,
      ActorRef<TrainingSession.Command> session,
      ActorRef<ActorRef<StepEvent>> reports) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new StepCoordinator(
                        context, timers, dependencies, settings, incarnation, session, reports)));
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
      case Connect connect -> directory = connect.directory;
      case Progressed progressed -> dependencies.progress.made();
      case ClosedBy(Admission.Closed by) ->
          onClosed(
              by, by.step(), () -> closing.closedByDevice(by.step(), by.device(), by.activity()));
      case StoreClosed(ParameterStore.Closed by) ->
          onClosed(by, by.step(), () -> closing.closedByHost(by.step(), by.node(), by.activity()));
      case IsAt(Admission.IsAt where) -> onIsAt(where);
      case Watch.TICK -> onTick();
    }
    return this;
  }

  private void onBegin(long step) {
    dependencies.faults.inject("coordinator", step);
    boolean isOver = step > 0 && step <= judge.before().step();
    if (isOver || open.containsKey(step) || closing.contains(step)) {
      throw new IllegalStateException("step=%d is begun twice".formatted(step));
    }
    Batch batch = dependencies.batches.get(step);
    begun.advance(step);
    open.put(step, new StepState(dependencies.decoder, batch, dependencies.meter));
    dependencies.progress.made();
    decideEarly(open.get(step));
    if (!isGivenUp(step)) {
      devicesOf(batch)
          .forEach(
              device -> device.admission().tell(new Admission.Begin(incarnation.number(), step)));
    }
  }

  /** A device without a micro-batch of an evaluation does not compute. */
  private List<Directory.OfDevice> devicesOf(Batch batch) {
    List<Directory.OfDevice> all = directory.devices();
    return batch.isTraining()
        ? all
        : all.subList(0, Math.min(all.size(), batch.microBatches().size()));
  }

  private void onGiveUp() {
    isGivingUp = true;
    long last =
        open.values().stream()
            .filter(StepState::isDecided)
            .mapToLong(state -> state.batch().step())
            .max()
            .orElse(Long.MIN_VALUE);
    directory
        .devices()
        .forEach(
            device -> device.admission().tell(new Admission.StopAfter(incarnation.number(), last)));
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
    if (incarnation.isForeign(event)) {
      return;
    }
    StepState state = open.get(event.step());
    if (state == null) {
      if (begun.isNewer(event.step())) {
        throw new IllegalStateException("a report of a step that has not begun: " + event);
      }
      incarnation.strays().late();
      return;
    }
    if (!state.take(event)) {
      incarnation.strays().doubled();
      return;
    }
    dependencies.progress.made();
    switch (event) {
      case StepEvent.Passed p -> {}
      case StepEvent.Updated u -> {}
      case StepEvent.Measured m -> onMeasured(state);
      case StepEvent.Losses l -> onMeasured(state);
    }
    close();
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
    StageOwner.Decide toOwners = new StageOwner.Decide(incarnation.number(), decision);
    for (int stage = 0; stage < dependencies.decoder.stages().size(); stage++) {
      directory.owner(stage).tell(toOwners);
    }
    ParameterStore.Decide toStores = new ParameterStore.Decide(incarnation.number(), decision);
    directory.hosts().forEach(host -> host.store().tell(toStores));
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
      // All devices, so that the counters are those of all, even if some had no micro-batch.
      List<Directory.OfDevice> devices = directory.devices();
      closing.begin(
          step,
          oldest,
          IntStream.range(0, devices.size()).boxed().toList(),
          directory.hosts().stream().map(Directory.OfHost::node).toList());
      Admission.Close close = new Admission.Close(incarnation.number(), step, closed);
      devices.forEach(device -> device.admission().tell(close));
      ParameterStore.Close closeStore =
          new ParameterStore.Close(incarnation.number(), step, storeClosed);
      directory.hosts().forEach(host -> host.store().tell(closeStore));
    }
  }

  /**
   * @param add adds the report of a node that has closed a step; false if it has reported before
   */
  private void onClosed(OfSession by, long step, BooleanSupplier add) {
    if (incarnation.isForeign(by)) {
      return;
    }
    if (open.containsKey(step) || begun.isNewer(step)) {
      throw new IllegalStateException(
          "step=%d is closed, but it is not over: %s".formatted(step, by));
    }
    if (!closing.contains(step)) {
      incarnation.strays().late();
      return;
    }
    if (!add.getAsBoolean()) {
      incarnation.strays().doubled();
      return;
    }
    dependencies.progress.made();
    closing.removeClosed().forEach(this::commit);
    giveUpIfNothingIsApplied();
  }

  private void commit(ClosingSteps.ClosedStep done) {
    StepState state = done.state();
    session.tell(
        state.isTraining()
            ? new TrainingSession.Committed(state.result(), state.reads(), done.activity())
            : new TrainingSession.Evaluated(
                state.batch().step(), state.domains(), done.activity()));
  }

  private void onIsAt(Admission.IsAt where) {
    if (incarnation.isForeign(where)) {
      return;
    }
    StepState state = open.get(where.step());
    if (state == null) {
      incarnation.strays().late();
      return;
    }
    state.isAt(where.device(), where.stage());
  }

  private void onTick() {
    if (open.isEmpty() && closing.isEmpty()) {
      watch.begin();
      return;
    }
    if (!open.isEmpty()) {
      askWhere();
    }
    if (watch.isStalled()) {
      StepState oldest = closing.isEmpty() ? open.firstEntry().getValue() : closing.oldest();
      throw new StalledException(
          "the coordinator waited %.0f s in %s for %s, and nothing got done in that time"
              .formatted(
                  watch.stalledSeconds(),
                  oldest,
                  closing.isEmpty() ? oldest.waitsFor() : closing.oldestWaitsFor()),
          weightsAreAsCommitted());
    }
  }

  /** The answers come before the next tick, and are there when a stall is reported. */
  private void askWhere() {
    long oldest = open.firstKey();
    devicesOf(open.get(oldest).batch())
        .forEach(
            device ->
                device.admission().tell(new Admission.Where(incarnation.number(), oldest, isAt)));
  }
}

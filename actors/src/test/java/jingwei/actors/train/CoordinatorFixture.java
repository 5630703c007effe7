package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.device.DenseStage;
import jingwei.actors.device.DeviceScheduler;
import jingwei.actors.device.Expert;
import jingwei.actors.device.Peers;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepsBefore;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A coordinator among probes, with a clock that advances one second at each check.
 *
 * <p>Owners: 0 embedding, 1 a dense block, 2 a routed block, 3 to 6 its experts, 7 output. Each
 * batch has two micro-batches and activates experts 3 and 6.
 */
final class CoordinatorFixture implements AutoCloseable, StepCoordinator.Admission {
  static final List<Integer> OWNERS = List.of(0, 1, 2, 3, 6, 7);
  static final List<Integer> DENSE = List.of(0, 1, 2, 7);
  static final List<Integer> EXPERTS = List.of(3, 6);
  static final Duration DEADLINE = Duration.ofSeconds(16);

  private final ActorTestKit kit;
  private final ManualTime time;
  private final AtomicLong nanos = new AtomicLong();
  private final int places;
  private final BatchTable batches = new BatchTable();
  private final Peers peers = new Peers(null);
  private final TestProbe<Throwable> faults;
  private final ActorRef<Void> parent;
  private final ActorRef<StepCoordinator.Command> coordinator;
  final Progress progress = new Progress();
  final TestProbe<MicroBatchRef> admitted;
  final TestProbe<TrainingSession.Command> session;
  final TestProbe<DeviceScheduler.Command> scheduler;
  final TestProbe<ParameterStore.Command> store;
  final List<TestProbe<DenseStage.Command>> stages = new ArrayList<>();

  /**
   * @param kit under manual time
   * @param places micro-batches in flight at once
   */
  CoordinatorFixture(ActorTestKit kit, Clip clip, int places) {
    this(kit, clip, places, StepsBefore.START);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of references, as the peers want them
  CoordinatorFixture(ActorTestKit kit, Clip clip, int places, StepsBefore before) {
    this.kit = kit;
    time = ManualTime.get(kit.system());
    faults = kit.createTestProbe();
    admitted = kit.createTestProbe();
    session = kit.createTestProbe();
    scheduler = kit.createTestProbe();
    store = kit.createTestProbe();
    this.places = places;
    Decoder decoder =
        new Decoder(
            new DecoderShape(
                4,
                4,
                new DecoderShape.Sizes(4, 1, 4),
                new DecoderShape.Stack(1, 1, false),
                new DecoderShape.Experts(2, 2)));
    ActorRef<DenseStage.Command>[] allStages = new ActorRef[4];
    for (int stage = 0; stage < allStages.length; stage++) {
      stages.add(kit.createTestProbe());
      allStages[stage] = stages.get(stage).ref();
    }
    ActorRef<Expert.Command>[] experts = new ActorRef[0];
    peers.introduce(allStages, experts, scheduler.ref(), store.ref(), null);
    StepCoordinator.Dependencies dependencies =
        new StepCoordinator.Dependencies(
            decoder,
            TestSettings.rules(TestSettings.adam(clip, 1), 1, 0, 0),
            batches,
            FaultPlan.none(),
            progress,
            this,
            () -> nanos.addAndGet(1_000_000_000));
    SessionSettings settings =
        new SessionSettings(
            new LearningRate(LearningRate.Shape.WSD, 0.5, 0.5, 0, 100, 1),
            0,
            DEADLINE,
            TransportSettings.defaults(),
            before);
    TestProbe<ActorRef<StepCoordinator.Command>> started = kit.createTestProbe();
    parent =
        kit.spawn(
            parent(
                StepCoordinator.create(dependencies, peers, settings, session.ref()),
                started.ref()));
    coordinator = started.receiveMessage();
  }

  private Behavior<Void> parent(
      Behavior<StepCoordinator.Command> child,
      ActorRef<ActorRef<StepCoordinator.Command>> started) {
    return Behaviors.setup(
        context -> {
          ActorRef<StepCoordinator.Command> spawned = context.spawn(child, "coordinator");
          context.watch(spawned);
          started.tell(spawned);
          return Behaviors.receive(Void.class)
              .onSignal(
                  ChildFailed.class,
                  failed -> {
                    faults.ref().tell(failed.cause());
                    return Behaviors.stopped();
                  })
              .build();
        });
  }

  @Override
  public int places() {
    return places;
  }

  @Override
  public void admit(MicroBatchRef reference, MicroBatch microBatch, List<RoutePlan> plans) {
    admitted.ref().tell(reference);
  }

  /** Puts the batch of a step into the table and begins it; below zero, an evaluation. */
  void begin(long step) {
    List<RouteTable> tables = List.of(RouteTable.of(new short[][] {{0, 0, 0, 1}, {2, 3, 3, 3}}, 2));
    List<MicroBatch> microBatches =
        List.of(microBatch(new int[] {0, 1, 2}, 0), microBatch(new int[] {1, 2, 3}, 1));
    batches.put(
        step > 0
            ? Batch.ofStep(step, microBatches, 1, tables, BatchOrigin.NONE)
            : Batch.ofEvaluation(step, microBatches, tables));
    tell(new StepCoordinator.Begin(step));
  }

  void tell(StepCoordinator.Command command) {
    coordinator.tell(command);
  }

  /** Reports an event. The peers know the coordinator only after it has admitted a micro-batch. */
  void report(StepEvent event) {
    peers.coordinator().tell(event);
  }

  /** Reports the losses and the gradients of all owners of a step. */
  void measure(long step) {
    report(losses(step));
    OWNERS.forEach(owner -> report(measured(step, owner)));
  }

  void update(long step) {
    OWNERS.forEach(owner -> report(new StepEvent.Updated(step, owner, step)));
  }

  /** The stages are done with a micro-batch. */
  void pass(MicroBatchRef reference) {
    (reference.isTraining() ? DENSE : List.of(0))
        .forEach(owner -> report(new StepEvent.Passed(reference, owner)));
  }

  static StepEvent losses(long step) {
    return new StepEvent.Losses(step, List.of(new DomainLoss(6, 4, 4)));
  }

  static StepEvent measured(long step, int owner) {
    return new StepEvent.Measured(step, owner, 1.5, Math.max(0, step - 1));
  }

  /** Expects the next decision, which is the same for all owners. */
  StepDecision decision() {
    ParameterStore.Decide told =
        assertInstanceOf(ParameterStore.Decide.class, store.receiveMessage());
    for (TestProbe<DenseStage.Command> stage : stages) {
      assertEquals(new DenseStage.Decide(told.decision()), stage.receiveMessage());
    }
    return told.decision();
  }

  /** Expects a request to the scheduler to close a step, and no other request before. */
  DeviceScheduler.Close closing() {
    return assertInstanceOf(DeviceScheduler.Close.class, scheduler.receiveMessage());
  }

  /** Takes a step from its begin to the scheduler's last message. */
  DeviceScheduler.Close runToItsClose(long step) {
    begin(step);
    MicroBatchRef first = admitted.receiveMessage();
    MicroBatchRef second = admitted.receiveMessage();
    measure(step);
    assertEquals(step, decision().step());
    pass(first);
    pass(second);
    update(step);
    return closing();
  }

  /** Makes the coordinator check for a stall this many times. */
  void tick(int times) {
    time.timePasses(Duration.ofSeconds(times)); // DEADLINE means one check a second
  }

  /** The fault that ended the coordinator; its message contains the reason. */
  <T extends Throwable> T fault(Class<T> type, String reason) {
    T fault = assertInstanceOf(type, faults.receiveMessage());
    assertTrue(fault.getMessage().contains(reason), fault.getMessage());
    return fault;
  }

  private static MicroBatch microBatch(int[] tokens, int domain) {
    return new MicroBatch(
        tokens,
        new int[] {1, 2, -1},
        new int[] {0, 1, 2},
        new int[] {domain, domain, domain},
        new int[] {0, 3});
  }

  @Override
  public void close() {
    kit.stop(parent);
  }
}

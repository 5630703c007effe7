package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import jingwei.actors.device.Admission;
import jingwei.actors.device.DeviceActivity;
import jingwei.actors.device.Directory;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.device.StageOwner;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.Strays;
import jingwei.actors.step.TokenLosses;
import jingwei.actors.store.HostActivity;
import jingwei.actors.store.ParameterStore;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.optim.LearningRate;
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
final class CoordinatorFixture implements AutoCloseable {
  static final List<Integer> OWNERS = List.of(0, 1, 2, 3, 6, 7);
  static final List<Integer> DENSE = List.of(0, 1, 2, 7);
  static final List<Integer> EXPERTS = List.of(3, 6);
  static final Duration DEADLINE = Duration.ofSeconds(16);
  static final DeviceActivity ACTIVITY = new DeviceActivity(EcssCounters.NONE, 1, 0, 0, 0);

  private final ActorTestKit kit;
  private final ManualTime time;
  private final AtomicLong nanos = new AtomicLong();
  private final BatchTable batches = new BatchTable();
  private final TestProbe<Throwable> faults;
  private final ActorRef<Void> parent;
  private final ActorRef<StepCoordinator.Command> coordinator;
  private final ActorRef<StepEvent> reports;
  final Progress progress = new Progress();
  final Strays strays = new Strays();
  final TestProbe<TrainingSession.Command> session;
  final List<TestProbe<Admission.Command>> devices = new ArrayList<>();
  final TestProbe<ParameterStore.Command> store;
  final List<TestProbe<StageOwner.Command>> owners = new ArrayList<>();

  /**
   * @param kit under manual time
   */
  CoordinatorFixture(ActorTestKit kit, Clip clip) {
    this(kit, clip, 1, StepsBefore.START);
  }

  /**
   * @param numDevices that share a step; there are as many replicas
   */
  CoordinatorFixture(ActorTestKit kit, Clip clip, int numDevices, StepsBefore before) {
    this.kit = kit;
    time = ManualTime.get(kit.system());
    faults = kit.createTestProbe();
    session = kit.createTestProbe();
    store = kit.createTestProbe();
    Decoder decoder =
        new Decoder(
            new DecoderShape(
                4,
                4,
                new DecoderShape.Sizes(4, 1, 4),
                new DecoderShape.Stack(1, 1, false),
                new DecoderShape.Experts(2, 2)));
    StepCoordinator.Dependencies dependencies =
        new StepCoordinator.Dependencies(
            decoder,
            TestSettings.rules(TestSettings.adam(clip, 1), numDevices, 0, 0),
            batches,
            new LossMeter(new int[] {1, 1, 1, 1}, 2),
            FaultPlan.none(),
            progress,
            () -> nanos.addAndGet(1_000_000_000));
    SessionSettings settings =
        new SessionSettings(
            new LearningRate(LearningRate.Shape.WSD, 0.5, 0.5, 0, 100, 1), 0, DEADLINE, before);
    TestProbe<ActorRef<StepCoordinator.Command>> started = kit.createTestProbe();
    TestProbe<ActorRef<StepEvent>> reportsTo = kit.createTestProbe();
    parent =
        kit.spawn(
            parent(
                StepCoordinator.create(
                    dependencies,
                    settings,
                    new Incarnation(1, strays),
                    session.ref(),
                    reportsTo.ref()),
                started.ref()));
    coordinator = started.receiveMessage();
    reports = reportsTo.receiveMessage();
    coordinator.tell(new StepCoordinator.Connect(directory(decoder, numDevices)));
  }

  /** Device i is node i; the first one has all owners. */
  private Directory directory(Decoder decoder, int numDevices) {
    Placement placement =
        Placement.first(
            decoder,
            numDevices,
            new Members(
                new TreeSet<>(IntStream.range(0, numDevices).boxed().toList()),
                new TreeSet<>(Set.of(0))));
    SortedMap<Integer, ActorRef<StageOwner.Command>> all = new TreeMap<>();
    for (int stage = 0; stage < 4; stage++) {
      owners.add(kit.createTestProbe());
      all.put(stage, owners.get(stage).ref());
    }
    List<Directory.OfDevice> refs = new ArrayList<>();
    for (int device = 0; device < numDevices; device++) {
      devices.add(kit.createTestProbe());
      refs.add(new Directory.OfDevice(device, devices.get(device).ref(), all, null));
    }
    return new Directory(placement, reports, refs, List.of(new Directory.OfHost(0, store.ref())));
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

  /** Puts the batch of a step into the table and begins it; below zero, an evaluation. */
  void begin(long step) {
    List<RouteTable> tables = List.of(RouteTable.of(new short[][] {{0, 0, 0, 1}, {2, 3, 3, 3}}, 2));
    List<MicroBatch> microBatches =
        List.of(microBatch(new int[] {0, 1, 2}, 0), microBatch(new int[] {1, 2, 3}, 1));
    batches.put(
        step > 0
            ? Batch.ofStep(step, microBatches, devices.size(), tables, BatchOrigin.NONE)
            : Batch.ofEvaluation(step, microBatches, tables));
    tell(new StepCoordinator.Begin(step));
  }

  void tell(StepCoordinator.Command command) {
    coordinator.tell(command);
  }

  void report(StepEvent event) {
    reports.tell(event);
  }

  /** Reports the losses and the gradients of all owners of a step. */
  void measure(long step) {
    report(losses(step, 0));
    report(losses(step, 1));
    OWNERS.forEach(owner -> report(measured(step, owner)));
  }

  void update(long step) {
    OWNERS.forEach(owner -> report(new StepEvent.Updated(1, step, owner, step)));
  }

  /** A device is done with a micro-batch. */
  void pass(long step, int index) {
    report(new StepEvent.Passed(1, step, index));
  }

  /** Each micro-batch has two targets and a loss of 3. */
  static StepEvent losses(long step, int index) {
    return new StepEvent.Losses(1, step, index, new TokenLosses(new double[] {1, 2, Double.NaN}));
  }

  static StepEvent measured(long step, int owner) {
    return new StepEvent.Measured(1, step, owner, 1.5, Math.max(0, step - 1));
  }

  /** Expects the next decision, which is the same for all owners. */
  StepDecision decision() {
    ParameterStore.Decide told =
        assertInstanceOf(ParameterStore.Decide.class, store.receiveMessage());
    for (TestProbe<StageOwner.Command> owner : owners) {
      assertEquals(new StageOwner.Decide(1, told.decision()), owner.receiveMessage());
    }
    return told.decision();
  }

  /** Expects that a device is told to begin a step. */
  void expectBegin(int device, long step) {
    assertEquals(new Admission.Begin(1, step), devices.get(device).receiveMessage());
  }

  /** Expects a request to close a step, and no other request before. */
  Admission.Close closing(int device) {
    return assertInstanceOf(Admission.Close.class, devices.get(device).receiveMessage());
  }

  Admission.Close closing() {
    return closing(0);
  }

  /** A device has closed the step that it was told to close. */
  static void closed(Admission.Close close, int device) {
    close.replyTo().tell(new Admission.Closed(1, close.step(), device, ACTIVITY));
  }

  /** Expects that the session hears of a commit next. */
  void commitsWithLoss(double loss) {
    TrainingSession.Committed committed =
        assertInstanceOf(TrainingSession.Committed.class, session.receiveMessage());
    assertEquals(loss, committed.result().loss());
  }

  /** The store is told to close a step, and has closed it. */
  void storeClosed(long step) {
    ParameterStore.Close close =
        assertInstanceOf(ParameterStore.Close.class, store.receiveMessage());
    assertEquals(step, close.step());
    close.replyTo().tell(new ParameterStore.Closed(1, step, 0, new HostActivity(0, 0)));
  }

  /** Takes a step of the only device from its begin to the message that closes it. */
  Admission.Close runToItsClose(long step) {
    begin(step);
    expectBegin(0, step);
    measure(step);
    assertEquals(step, decision().step());
    pass(step, 0);
    pass(step, 1);
    update(step);
    Admission.Close close = closing();
    storeClosed(step);
    return close;
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

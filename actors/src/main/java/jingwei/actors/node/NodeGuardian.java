package jingwei.actors.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.device.Directory;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.StallWatch;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransportNode;
import jingwei.actors.transport.TransportPeers;
import jingwei.model.kernel.Backend;
import jingwei.model.memory.NativeMemory;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Starts the actors of a node for a session: its transport, and those of the roles that the
 * placement gives it, device or host or both. It reports the failure of any of them.
 */
public final class NodeGuardian extends AbstractBehavior<NodeGuardian.Command> {
  public sealed interface Command {}

  /**
   * Starts the actors of the node.
   *
   * @param incarnation of the session
   * @param plan of the run
   * @param placement says what this node does
   * @param step last step before the session
   * @param session receives all replies
   */
  public record Start(
      long incarnation, RunPlan plan, Placement placement, long step, ActorRef<Reply> session)
      implements Command, OfSession {}

  /** All nodes have started, with these actors; answered with {@link Connected}. */
  public record Connect(long incarnation, Directory directory) implements Command, OfSession {}

  /**
   * Something got done on another node, so this one may wait longer.
   *
   * @param number of the message, counted by the session from 1
   */
  public record OthersProgress(long incarnation, long number) implements Command, OfSession {}

  private record SchedulerHears(ActorRef<ParameterStore.Applied> applied) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  /** A report of a node to its session. */
  public sealed interface Reply extends OfSession {
    From from();

    /** Number of the node. */
    default int node() {
      return from().node;
    }

    @Override
    default long incarnation() {
      return from().incarnation;
    }
  }

  /**
   * Where a report comes from.
   *
   * @param node its number
   * @param incarnation of the session
   * @param number of the report, counted by the node from 1
   */
  public record From(int node, long incarnation, long number) {}

  /**
   * The actors of the node have started.
   *
   * @param transport of the node
   * @param devices its device, or none
   * @param hosts its host, or none
   */
  public record Started(
      From from,
      ActorRef<TensorTransport.Command> transport,
      List<Directory.OfDevice> devices,
      List<Directory.OfHost> hosts)
      implements Reply {
    public Started {
      devices = List.copyOf(devices);
      hosts = List.copyOf(hosts);
    }
  }

  /** The node knows all others. */
  public record Connected(From from) implements Reply {}

  /** Something got done on the node since the last report. */
  public record Progressed(From from) implements Reply {}

  /** Messages from other nodes that have changed nothing on the node since its start. */
  public record StrayMessages(From from, StrayCounts counts) implements Reply {}

  /** An actor of the node failed, and the node has ended. */
  public record Failed(From from, Failure failure) implements Reply {}

  private final NodeResources resources;
  private final TimerScheduler<Command> timers;
  private final List<NativeMemory> memories = new ArrayList<>();
  private Incarnation incarnation;
  private ActorRef<Reply> session;
  private ActorRef<TensorTransport.Command> transport;
  private DeviceActors device;
  private ActorRef<ParameterStore.Command> store;
  private long reportedProgress;
  private StrayCounts reportedStrays = StrayCounts.NONE;
  private long reports;
  private long othersProgress;
  private boolean isConnected;

  private NodeGuardian(
      ActorContext<Command> context, TimerScheduler<Command> timers, NodeResources resources) {
    super(context);
    this.timers = timers;
    this.resources = resources;
  }

  /** A guardian that waits for {@link Start}. */
  public static Behavior<Command> create(NodeResources resources) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new NodeGuardian(context, timers, resources)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(ChildFailed.class, failed -> fail(failed.getRef().path().name(), failed.cause()))
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> on(Command command) {
    try {
      handle(command);
      return this;
    } catch (RuntimeException | Error e) {
      return fail("node", e);
    }
  }

  private void handle(Command command) {
    if (command instanceof OfSession message && isForeign(message)) {
      return;
    }
    switch (command) {
      case Start start -> onStart(start);
      case SchedulerHears(ActorRef<ParameterStore.Applied> applied) ->
          started(List.of(device.directory(applied)));
      case Connect connect -> onConnect(connect.directory);
      case OthersProgress others -> onOthersProgress(others.number);
      case Tick.NOW -> onTick();
    }
  }

  /** A node takes part in the first session that starts it; before that, it takes part in none. */
  private boolean isForeign(OfSession message) {
    if (incarnation != null) {
      return incarnation.isForeign(message);
    }
    if (message instanceof Start) {
      incarnation = new Incarnation(message.incarnation(), resources.strays());
      return false;
    }
    resources.strays().foreign();
    return true;
  }

  private void onOthersProgress(long number) {
    if (incarnation.isNew(number, othersProgress)) {
      othersProgress = number;
      resources.progress().made();
      reportedProgress++; // the others know
    }
  }

  private From from() {
    return new From(resources.number(), incarnation.number(), ++reports);
  }

  private void onStart(Start start) {
    if (session != null) {
      resources.strays().doubled();
      return;
    }
    session = start.session;
    resources.faults().inject("node", start.step);
    Duration interval = StallWatch.interval(start.plan.settings().deadline());
    if (!(resources.peers() instanceof TransportPeers.Alone)) {
      spawn("messages", UnsentMessages.create(), DispatcherSelector.defaultDispatcher());
    }
    int node = resources.number();
    transport =
        spawn(
            "transport",
            TensorTransport.create(
                start.plan.settings().transport(),
                new TransportNode(node, start.incarnation, resources.peers()),
                resources.loans(),
                resources.faults(),
                resources.progress()),
            DispatcherSelector.defaultDispatcher());
    Endpoints endpoints = new Endpoints(node, start.incarnation, resources.loans(), transport);
    ReportPace pace = new ReportPace(interval, System.nanoTime());
    NodePlan plan =
        new NodePlan(
            start.plan,
            start.placement,
            start.step,
            incarnation,
            resources,
            () -> onAllocated(pace));
    boolean isDevice = start.placement.members().devices().contains(node);
    boolean isHost = start.placement.members().hosts().contains(node);
    if (isDevice) {
      Backend backend = resources.hardware().backend().get();
      device =
          DeviceActors.start(
              plan,
              backend,
              own(backend.memory("device", resources.hardware().deviceBytes())),
              endpoints,
              this::spawn,
              appliedTo());
    }
    if (isHost) {
      NativeMemory hostMemory = own(new NativeMemory("host", resources.hardware().hostBytes()));
      store =
          HostActors.start(
              plan,
              isDevice && device.isInHostMemory()
                  ? device.workers()
                  : HostActors.workers(plan, hostMemory),
              hostMemory,
              endpoints.of(Endpoints.STORE),
              this::spawn);
    }
    if (!isDevice) {
      started(List.of());
    }
    reportedProgress = resources.progress().count();
    timers.startTimerWithFixedDelay(Tick.NOW, interval);
  }

  /** Memory takes long to be zeroed, and no tick comes while the node starts. */
  private void onAllocated(ReportPace pace) {
    resources.progress().made();
    if (pace.isDue(System.nanoTime())) {
      session.tell(new Progressed(from()));
    }
  }

  /** An adapter exists only inside its actor, so that actor tells us its address. */
  @SuppressWarnings("unchecked") // erased, and the adapter gets nothing but such references
  private ActorRef<ActorRef<ParameterStore.Applied>> appliedTo() {
    Class<ActorRef<ParameterStore.Applied>> reference =
        (Class<ActorRef<ParameterStore.Applied>>) (Class<?>) ActorRef.class;
    return getContext().messageAdapter(reference, SchedulerHears::new);
  }

  private void started(List<Directory.OfDevice> devices) {
    int node = resources.number();
    session.tell(
        new Started(
            from(),
            transport,
            devices,
            store == null ? List.of() : List.of(new Directory.OfHost(node, store))));
  }

  private void onConnect(Directory directory) {
    if (isConnected) {
      resources.strays().doubled();
      return;
    }
    isConnected = true;
    if (device != null) {
      device.connect(directory);
    }
    if (store != null) {
      store.tell(
          new ParameterStore.Connect(
              incarnation.number(),
              directory.coordinator(),
              directory.devices().stream().map(Directory.OfDevice::applied).toList()));
    }
    session.tell(new Connected(from()));
  }

  private void onTick() {
    long now = resources.progress().count();
    if (now != reportedProgress) {
      reportedProgress = now;
      session.tell(new Progressed(from()));
    }
    StrayCounts strays = resources.strays().counts();
    if (!strays.equals(reportedStrays)) {
      reportedStrays = strays;
      session.tell(new StrayMessages(from(), strays));
    }
  }

  private NativeMemory own(NativeMemory memory) {
    memories.add(memory);
    return memory;
  }

  private <T> ActorRef<T> spawn(String name, Behavior<T> behavior, DispatcherSelector dispatcher) {
    ActorRef<T> child = getContext().spawn(behavior, name, dispatcher);
    getContext().watch(child);
    return child;
  }

  private Behavior<Command> fail(String actor, Throwable cause) {
    session.tell(new Failed(from(), Failure.of(actor, cause).on(resources.faults())));
    return Behaviors.stopped();
  }

  /** All actors of the node have ended, so nothing uses its memory any more. */
  private Behavior<Command> onStop() {
    memories.forEach(NativeMemory::close);
    return this;
  }
}

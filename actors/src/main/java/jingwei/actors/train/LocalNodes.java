package jingwei.actors.train;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Members;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.MachineDriver;
import jingwei.actors.transport.MachineNodes;
import jingwei.actors.transport.TransportPeers;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/**
 * The nodes of a session in this process, each with an actor system of its own. The session is
 * beside the first host; a session of one node plays all roles.
 */
final class LocalNodes implements LaunchedNodes {
  private static final int COORDINATOR = 0;

  private final ActorSettings settings;
  private final NodeResources.Hardware hardware;
  private final FaultPlan faults;
  private final Members members;
  private final MachineDriver driver;
  private final List<ActorSystem<?>> systems = new ArrayList<>();
  private final List<String> addresses = new ArrayList<>();

  /** Null until the nodes are told to end. */
  private CompletableFuture<Void> ended;

  private LocalNodes(
      ActorSettings settings, Members members, NodeResources.Hardware hardware, FaultPlan faults) {
    this.settings = settings;
    this.hardware = hardware;
    this.faults = faults;
    this.members = members;
    this.driver =
        members.nodes().size() == 1
            ? null
            : MachineDriver.start(
                settings.transport(),
                new MachineNodes(members.hosts().size(), members.devices().size()));
  }

  /** Launches so many nodes in this process. */
  static NodeLauncher launcher(NodeSettings settings) {
    return new NodeLauncher() {
      @Override
      public LaunchedNodes launch(
          StepRules rules,
          ActorSettings actors,
          NodeResources.Hardware hardware,
          FaultPlan faults) {
        return start(actors, settings.members(), hardware, faults);
      }

      @Override
      public boolean isOutdated() {
        return false;
      }
    };
  }

  private static LocalNodes start(
      ActorSettings settings, Members members, NodeResources.Hardware hardware, FaultPlan faults) {
    LocalNodes nodes = new LocalNodes(settings, members, hardware, faults);
    SortedSet<Integer> others = nodes.members.nodes().tailSet(COORDINATOR + 1);
    try {
      others.forEach(nodes::startNode);
    } catch (RuntimeException | Error e) {
      nodes.terminate();
      throw e;
    }
    return nodes;
  }

  private void startNode(int node) {
    ActorSystem<NodeGuardian.Command> system =
        ActorSystem.create(
            NodeGuardian.create(resources(node, new Progress())),
            "jingwei-" + node,
            SystemConfiguration.of(workers(node), driver != null));
    systems.add(system);
    addresses.add(ActorRefResolver.get(system).toSerializationFormat(system));
  }

  @Override
  public ActorSystem<TrainingSession.Command> startSession(
      Function<NodeResources, Behavior<TrainingSession.Command>> session, Progress progress) {
    ActorSystem<TrainingSession.Command> system =
        ActorSystem.create(
            session.apply(resources(COORDINATOR, progress)),
            "jingwei",
            SystemConfiguration.of(workers(COORDINATOR), driver != null));
    systems.add(system);
    return system;
  }

  @Override
  public Members members() {
    return members;
  }

  @Override
  public List<String> addresses() {
    return addresses;
  }

  /** Ends all nodes, and the driver after them. */
  @Override
  public void terminate() {
    if (ended == null) {
      systems.forEach(ActorSystem::terminate);
      ended =
          CompletableFuture.allOf(
                  systems.stream()
                      .map(system -> system.getWhenTerminated().toCompletableFuture())
                      .toArray(CompletableFuture[]::new))
              .thenRun(this::closeDriver);
    }
  }

  @Override
  public CompletableFuture<Void> ended() {
    return ended;
  }

  private void closeDriver() {
    if (driver != null) {
      driver.close();
    }
  }

  @Override
  public void onceLost(Consumer<String> action) {
    // All nodes are in this process.
  }

  @Override
  public void onceEnded(Runnable action) {
    AtomicBoolean isRun = new AtomicBoolean();
    for (ActorSystem<?> system : systems) {
      system
          .getWhenTerminated()
          .whenComplete(
              (done, fault) -> {
                if (isRun.compareAndSet(false, true)) {
                  action.run();
                }
              });
    }
  }

  private NodeResources resources(int node, Progress progress) {
    return new NodeResources(
        node,
        workers(node),
        hardware,
        driver == null ? new TransportPeers.Alone() : driver.peers(),
        new BufferLoans(),
        NodeResources.Counters.of(progress),
        faults.copy());
  }

  /** A host that is no device only updates experts: one worker is enough. */
  private int workers(int node) {
    return members.devices().contains(node) ? settings.workers() : 1;
  }
}

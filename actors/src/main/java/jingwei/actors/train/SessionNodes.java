package jingwei.actors.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jingwei.actors.device.Admission;
import jingwei.actors.device.Directory;
import jingwei.actors.device.StageOwner;
import jingwei.actors.node.Endpoints;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.placement.Placement;
import jingwei.actors.state.StateCourier;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchParts;
import jingwei.model.decoder.Decoder;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/** The nodes of a session: starts and connects them, and knows their actors. */
final class SessionNodes {
  private final TrainingSession.Start start;
  private final Decoder decoder;
  private final Placement placement;
  private final Incarnation incarnation;
  private final List<ActorRef<NodeGuardian.Command>> nodes = new ArrayList<>();
  private final List<NodeGuardian.Started> started = new ArrayList<>();
  private final Set<Integer> connected = new HashSet<>();
  private ActorRef<StepEvent> reports;
  private long toldOfProgress;

  /** Null until all nodes have started. */
  private Directory directory;

  SessionNodes(TrainingSession.Start start, Incarnation incarnation) {
    this.start = start;
    this.decoder = start.coordinator().decoder();
    this.placement = start.message().placement();
    this.incarnation = incarnation;
  }

  /**
   * Tells all nodes to start their actors.
   *
   * @param here the guardian of the session's own node
   * @param replies receives what nodes report
   */
  void start(
      ActorSystem<?> system,
      ActorRef<NodeGuardian.Command> here,
      ActorRef<NodeGuardian.Reply> replies) {
    nodes.add(here);
    ActorRefResolver resolver = ActorRefResolver.get(system);
    start.nodes().forEach(address -> nodes.add(resolver.resolveActorRef(address)));
    TrainingSession.NodeStart to = start.message();
    NodeGuardian.Start message =
        new NodeGuardian.Start(
            to.incarnation(), to.plan(), placement, start.settings().before().step(), replies);
    nodes.forEach(node -> node.tell(message));
  }

  /** The actor that takes reports about steps. */
  void reportTo(ActorRef<StepEvent> coordinator) {
    reports = coordinator;
  }

  /** A node has started its actors. */
  void started(NodeGuardian.Started node) {
    started.add(node);
  }

  /** Whether all nodes have started, so that they can be connected. */
  boolean haveStarted() {
    return reports != null && started.size() == nodes.size();
  }

  /** Tells all nodes each other's actors. */
  void connect() {
    started.sort(Comparator.comparingInt(NodeGuardian.Started::node));
    directory =
        new Directory(
            placement,
            reports,
            started.stream().flatMap(node -> node.devices().stream()).toList(),
            started.stream().flatMap(node -> node.hosts().stream()).toList());
    NodeGuardian.Connect connect = new NodeGuardian.Connect(incarnation.number(), directory);
    nodes.forEach(node -> node.tell(connect));
  }

  /** A node knows all others; true for the last one. */
  boolean connected(int node) {
    return connected.add(node) && connected.size() == started.size();
  }

  /** The actors of all nodes, after {@link #connect}. */
  Directory directory() {
    return directory;
  }

  /** Tells the other nodes that something got done. */
  void tellOthersOfProgress() {
    NodeGuardian.OthersProgress message =
        new NodeGuardian.OthersProgress(incarnation.number(), ++toldOfProgress);
    nodes.stream()
        .skip(1) // the first one is here
        .forEach(other -> other.tell(message));
  }

  /** Sends each device its part of a batch. */
  void deal(Batch batch) {
    BatchParts.of(batch, placement::positionOfReplica, directory.devices().size())
        .forEach(
            (device, part) ->
                directory
                    .devices()
                    .get(device)
                    .admission()
                    .tell(new Admission.Take(incarnation.number(), part)));
  }

  /** Moves states between their owners and the staging memory of the session's node. */
  Behavior<StateCourier.Command> courier(ActorRef<StateCourier.Reply> replies) {
    int here = start.here().number();
    NodeGuardian.Started own =
        started.stream().filter(node -> node.node() == here).findFirst().orElseThrow();
    Endpoints endpoints =
        new Endpoints(here, incarnation.number(), start.here().loans(), own.transport());
    return StateCourier.create(
        decoder,
        start.staging(),
        new StateCourier.Owners(this::send, this::nodeOf),
        endpoints.of(Endpoints.STATES),
        incarnation,
        replies);
  }

  private void send(StateRequest request) {
    if (isExpert(request.owner())) {
      directory.storeOf(request.owner()).tell(new ParameterStore.State(request));
    } else {
      directory.owner(decoder.stageOf(request.owner())).tell(new StageOwner.State(request));
    }
  }

  private int nodeOf(int owner) {
    return isExpert(owner)
        ? placement.hostOfExpert(owner)
        : placement.nodeOfStage(decoder.stageOf(owner));
  }

  private boolean isExpert(int owner) {
    return decoder.owners().get(owner).isExpert();
  }
}

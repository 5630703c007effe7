package jingwei.cluster.node;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.DriverSettings;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Represents a node to the leaders of sessions: tells what the node has, and starts and ends the
 * actor system of its part in an epoch. There is one such system at a time, since each takes the
 * memory of the node. Every message may come twice.
 */
public final class NodeAgent extends AbstractBehavior<NodeAgent.Command> {
  /** Name of the actor below the guardian. */
  static final String NAME = "agent";

  public sealed interface Command {}

  /** Asks for {@link NodeDescription}. */
  public record Describe(ActorRef<NodeDescription> replyTo) implements Command, ClusterMessage {}

  /** Asks to play a part; answered with {@link Launched} or {@link NotLaunched}. */
  public record Launch(Share share, String leader, ActorRef<Reply> replies)
      implements Command, ClusterMessage {}

  /** Asks to end the part in an epoch and all earlier ones; answered with {@link Ended}. */
  public record End(long epoch, ActorRef<Reply> replies) implements Command, ClusterMessage {}

  /** A node has left the cluster or was removed: what it led here ends. */
  record LeaderLeft(String leader) implements Command {}

  /**
   * A part has started.
   *
   * @param fault why it has not; null if it has
   */
  private record HasStarted(long epoch, String fault) implements Command {}

  private record HasEnded(long epoch) implements Command {}

  public sealed interface Reply extends ClusterMessage {
    /** Address of the node. */
    String node();

    long epoch();
  }

  /**
   * The part is played.
   *
   * @param guardian address of the node's guardian in that system
   */
  public record Launched(String node, long epoch, String guardian) implements Reply {}

  /**
   * The part cannot be played.
   *
   * @param self the node as it is from now on, perhaps with another port for tensors
   */
  public record NotLaunched(NodeDescription self, long epoch, String reason) implements Reply {
    @Override
    public String node() {
      return self.address();
    }
  }

  /** The actor system of the part has ended, whoever ended it. */
  public record Ended(String node, long epoch) implements Reply {}

  /** A part that is played: its actor system, and the address of its guardian. */
  private record Part(ActorSystem<NodeGuardian.Command> system, String guardian) {}

  private final NodeSelf self;
  private final DriverSettings driver;
  private final Set<Long> running = new HashSet<>();

  /** By epoch; the thread that starts a part adds it. */
  private final Map<Long, Part> parts = new ConcurrentHashMap<>();

  /** The newest request; it waits until all earlier parts have ended. */
  private Launch wanted;

  /** Wants to hear when the last part has ended; null for nobody. */
  private ActorRef<Reply> awaitingEnd;

  /** The newest part that could not be started; null if there was none. */
  private HasStarted failed;

  private long newestEpoch;

  private NodeAgent(ActorContext<Command> context, NodeSelf self) {
    super(context);
    this.self = self;
    this.driver = self.driver();
  }

  static Behavior<Command> create(NodeSelf self) {
    return Behaviors.setup(context -> new NodeAgent(context, self));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Describe(ActorRef<NodeDescription> replyTo) -> replyTo.tell(self.info());
      case Launch launch -> onLaunch(launch);
      case End end -> onEnd(end);
      case LeaderLeft(String leader) -> {
        if (wanted != null && wanted.leader.equals(leader)) {
          endAll();
        }
      }
      case HasStarted started -> onStarted(started);
      case HasEnded(long epoch) -> onEnded(epoch);
    }
    return this;
  }

  private void onLaunch(Launch launch) {
    long epoch = launch.share.epoch();
    if (epoch < newestEpoch) {
      launch.replies.tell(new Ended(self.address(), epoch));
      return;
    }
    if (failed != null && epoch == failed.epoch) {
      launch.replies.tell(new NotLaunched(self.info(), epoch, failed.fault));
      return;
    }
    if (epoch == newestEpoch && wanted != null) {
      Part part = parts.get(epoch);
      if (part != null) {
        launch.replies.tell(new Launched(self.address(), epoch, part.guardian));
      }
      return; // it starts, or has failed and said so
    }
    newestEpoch = epoch;
    endAll();
    wanted = launch;
    startIfFree();
  }

  private void startIfFree() {
    if (wanted == null || !running.isEmpty()) {
      return;
    }
    Share share = wanted.share;
    running.add(share.epoch());
    ActorSystem<Void> here = getContext().getSystem();
    getContext()
        .pipeToSelf(
            CompletableFuture.supplyAsync(
                () -> {
                  parts.put(share.epoch(), start(share, driver));
                  return Done.getInstance();
                },
                here.dispatchers().lookup(DispatcherSelector.blocking())),
            (done, fault) -> new HasStarted(share.epoch(), fault == null ? null : reason(fault)));
  }

  private static Part start(Share share, DriverSettings driver) {
    ActorSystem<NodeGuardian.Command> system =
        share.start(
            NodeGuardian.create(share.resources(driver, new Progress(), FaultPlan.none())),
            "jingwei-" + share.number());
    return new Part(system, ActorRefResolver.get(system).toSerializationFormat(system));
  }

  private void onStarted(HasStarted started) {
    boolean isWanted = wanted != null && wanted.share.epoch() == started.epoch;
    if (started.fault != null) {
      running.remove(started.epoch);
      self.changeEndpoint(); // another process may have its port
      if (isWanted) {
        wanted.replies.tell(new NotLaunched(self.info(), started.epoch, started.fault));
        failed = started;
        wanted = null; // the leader tries again with a new epoch
      }
      startIfFree();
      return;
    }
    Part part = parts.get(started.epoch);
    getContext()
        .pipeToSelf(
            part.system.getWhenTerminated(),
            (Done done, Throwable fault) -> new HasEnded(started.epoch));
    if (isWanted) {
      wanted.replies.tell(new Launched(self.address(), started.epoch, part.guardian));
    } else {
      part.system.terminate();
    }
  }

  private void onEnd(End end) {
    if (end.epoch < newestEpoch) {
      return; // of a leader that has been followed by another
    }
    newestEpoch = end.epoch;
    endAll();
    if (running.isEmpty()) {
      end.replies.tell(new Ended(self.address(), end.epoch));
    } else {
      awaitingEnd = end.replies;
    }
  }

  private void onEnded(long epoch) {
    running.remove(epoch);
    parts.remove(epoch);
    if (wanted != null && wanted.share.epoch() == epoch) { // nobody has asked for it
      wanted.replies.tell(new Ended(self.address(), epoch));
      wanted = null;
    }
    if (running.isEmpty() && awaitingEnd != null) {
      awaitingEnd.tell(new Ended(self.address(), newestEpoch));
      awaitingEnd = null;
    }
    startIfFree();
  }

  private void endAll() {
    wanted = null;
    parts.values().forEach(part -> part.system.terminate());
  }

  private Behavior<Command> onStop() {
    endAll();
    return this;
  }

  private static String reason(Throwable fault) {
    Throwable cause = fault;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }
}

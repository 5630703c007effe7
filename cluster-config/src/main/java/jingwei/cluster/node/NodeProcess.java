package jingwei.cluster.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.ClusterSystem;
import jingwei.cluster.settings.NodeRole;
import jingwei.model.UserException;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Leave;

/** This process as a node of a cluster: it joins, works, drains and leaves. */
public final class NodeProcess {
  /** Name of the actor systems of all nodes; part of their addresses. */
  static final String SYSTEM = "jingwei";

  private static final long ROUND_MILLIS = 100;
  private static final Duration ASK = Duration.ofSeconds(2);

  /** After this time the node leaves although a step is open; the others treat it as lost. */
  private static final long DRAIN_MILLIS = 60_000;

  private static final long LEAVE_MILLIS = 30_000;

  /** How a node ended. */
  public enum Ending {
    /** It was asked to leave. */
    LEFT,
    /** The others removed it, or it found itself on the smaller side of a partition. */
    REMOVED,
    /** Its kernels compute other bits than those of the cluster. */
    OTHER_KERNELS
  }

  private final ClusterSettings settings;
  private final ActorSystem<ClusterGuardian.Command> system;
  private final Cluster cluster;
  private final Consumer<String> lines;
  private final CountDownLatch isLeaving = new CountDownLatch(1);
  private volatile boolean wasAsked;

  private NodeProcess(ClusterSettings settings, Consumer<String> lines) {
    this.settings = settings;
    this.lines = lines;
    system = system(settings);
    cluster = Cluster.get(system);
  }

  /**
   * Starts a node; it joins its seeds.
   *
   * @param lines receives a line when the node is up, and one when it leaves
   * @throws UserException if its port is taken, or its configuration is refused
   */
  public static NodeProcess start(ClusterSettings settings, Consumer<String> lines) {
    return new NodeProcess(settings, lines);
  }

  /**
   * Runs until the node has left.
   *
   * @return how it ended
   */
  public Ending run() {
    if (awaitUp()) {
      lines.accept(
          "node %s is up: roles %s, %d members"
              .formatted(
                  address(),
                  String.join(
                      ", ", settings.roles().stream().sorted().map(NodeRole::text).toList()),
                  members()));
    }
    system.getWhenTerminated().toCompletableFuture().join();
    Ending ending = ending();
    lines.accept(
        "node %s has left: %s"
            .formatted(
                address(),
                switch (ending) {
                  case LEFT -> "it was asked to";
                  case REMOVED -> "the cluster goes on without it, since it did not answer";
                  case OTHER_KERNELS -> "its kernels compute other bits";
                }));
    return ending;
  }

  /** Hands the node's share over at a step boundary, and leaves. Returns when the node has left. */
  public void leave() {
    wasAsked = true;
    isLeaving.countDown();
    if (cluster.selfMember().status().equals(MemberStatus.up())) {
      drain();
      cluster.manager().tell(Leave.create(cluster.selfMember().address()));
    } else {
      system.terminate(); // it has not joined
    }
    try {
      system.getWhenTerminated().toCompletableFuture().get(LEAVE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      system.terminate();
    }
  }

  private void drain() {
    ActorRef<Door.Ask> door =
        ActorRefResolver.get(system)
            .resolveActorRef("pekko://%s@%s/user/%s".formatted(SYSTEM, address(), Door.NAME));
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS);
    while (System.nanoTime() - end < 0) {
      try {
        Answer answer =
            AskPattern.<Door.Ask, Answer>ask(
                    door,
                    replyTo -> new Door.Ask(new Query.Drain(address()), replyTo),
                    ASK,
                    system.scheduler())
                .toCompletableFuture()
                .join();
        if (answer != null) {
          return;
        }
      } catch (CompletionException again) {
        // The leader answers at a step boundary, or another node has become the leader.
        if (system.getWhenTerminated().toCompletableFuture().isDone()) {
          return;
        }
      }
    }
  }

  /** Waits until the node is up; false if it ends before. A node waits for its seeds for ever. */
  private boolean awaitUp() {
    boolean told = false;
    long since = System.nanoTime();
    while (!cluster.selfMember().status().equals(MemberStatus.up())) {
      if (system.getWhenTerminated().toCompletableFuture().isDone()) {
        return false;
      }
      try {
        if (isLeaving.await(ROUND_MILLIS, TimeUnit.MILLISECONDS)) {
          return false;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      if (!told && System.nanoTime() - since > Duration.ofSeconds(10).toNanos()) {
        told = true;
        lines.accept(
            "node %s waits for one of its seeds: %s"
                .formatted(settings.address(), seeds(settings)));
      }
    }
    return true;
  }

  private Ending ending() {
    return CoordinatedShutdown.get(system)
        .getShutdownReason()
        .map(
            reason -> {
              if (reason instanceof CoordinatedShutdown.IncompatibleConfigurationDetectedReason$) {
                return Ending.OTHER_KERNELS;
              }
              return wasAsked ? Ending.LEFT : Ending.REMOVED;
            })
        .orElse(wasAsked ? Ending.LEFT : Ending.REMOVED);
  }

  private String address() {
    return NodeSelf.addressOf(cluster.selfMember().uniqueAddress());
  }

  private int members() {
    int up = 0;
    for (var member : cluster.state().getMembers()) {
      if (member.status().equals(MemberStatus.up())) {
        up++;
      }
    }
    return up;
  }

  private static List<String> seeds(ClusterSettings settings) {
    return settings.seeds().stream().map(seed -> "pekko://%s@%s".formatted(SYSTEM, seed)).toList();
  }

  private static ActorSystem<ClusterGuardian.Command> system(ClusterSettings settings) {
    try {
      return ActorSystem.create(
          ClusterGuardian.create(
              settings, seeds(settings).stream().map(AddressFromURIString::parse).toList()),
          SYSTEM,
          ClusterSystem.node(settings));
    } catch (RuntimeException e) {
      throw new UserException(
          "The node cannot listen at %s (%s); choose another --port, or end the process that uses it."
              .formatted(settings.address(), rootMessage(e)),
          e);
    }
  }

  private static String rootMessage(Throwable fault) {
    Throwable cause = fault;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }
}

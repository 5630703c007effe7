package jingwei.cluster.node;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import jingwei.cluster.session.FaultException;
import jingwei.cluster.settings.ClusterSystem;
import jingwei.cluster.settings.HostPort;
import jingwei.model.UserException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Asks a cluster from outside, through any of its nodes. */
public final class ClusterClient implements AutoCloseable {
  private static final Duration AGAIN = Duration.ofSeconds(2);
  private static final Duration NOT_YET = Duration.ofSeconds(1);
  private static final long TRIES = 15;

  private final ActorSystem<Void> system;
  private final HostPort node;
  private final ActorRef<Door.Ask> door;

  /**
   * @param node of the cluster
   * @throws UserException if this machine has no way to it
   */
  public ClusterClient(HostPort node) {
    this.node = node;
    system =
        ActorSystem.create(
            Behaviors.empty(), "jingwei-client", ClusterSystem.client(localAddress(node)));
    door =
        ActorRefResolver.get(system)
            .resolveActorRef(
                "pekko://%s@%s/user/%s".formatted(NodeProcess.SYSTEM, node, Door.NAME));
  }

  /**
   * Asks, and asks again if the answer is lost or the leader has changed.
   *
   * @return one JSON object
   * @throws UserException if the cluster refuses the query
   * @throws FaultException if nobody answers
   */
  public String ask(Query query) {
    String first = "";
    for (int i = 0; i < TRIES; i++) {
      try {
        Answer answer =
            AskPattern.<Door.Ask, Answer>ask(
                    door, replyTo -> new Door.Ask(query, replyTo), AGAIN, system.scheduler())
                .toCompletableFuture()
                .join();
        switch (answer) {
          case Answer.Given(String json) -> {
            return json;
          }
          case Answer.Refused(String sentence) -> throw new UserException(sentence);
          case Answer.NotYet(String sentence) -> {
            i = sentence.equals(first) ? i : 0; // it makes progress
            first = sentence;
            LockSupport.parkNanos(NOT_YET.toNanos());
          }
        }
      } catch (CompletionException unanswered) {
        if (i == TRIES - 1) {
          throw new FaultException(
              "This command waited %d s for an answer of the node %s; check that it runs, or ask another node of the cluster."
                  .formatted(TRIES * AGAIN.toSeconds(), node),
              unanswered);
        }
      }
    }
    throw new FaultException(
        "The node %s has not answered for %d s: %s."
            .formatted(node, TRIES * NOT_YET.toSeconds(), first),
        null);
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().join();
  }

  /** The address of this machine from which packets to a node leave. */
  private static String localAddress(HostPort node) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(node.host()), node.port()));
      return socket.getLocalAddress().getHostAddress();
    } catch (IOException | RuntimeException e) {
      throw new UserException(
          "This machine has no way to %s (%s); check --cluster.".formatted(node, e.getMessage()),
          e);
    }
  }
}

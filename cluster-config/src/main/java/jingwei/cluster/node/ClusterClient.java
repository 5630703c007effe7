package jingwei.cluster.node;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
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
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration AGAIN = Duration.ofSeconds(2);
  private static final Duration NOT_YET = Duration.ofSeconds(1);
  private static final long TRIES = 15;

  private final ActorSystem<Void> system;

  /** Nodes of the cluster, as far as they are known; the one that answered last is the first. */
  private final Deque<HostPort> nodes = new ArrayDeque<>();

  /**
   * @param node of the cluster
   * @throws UserException if this machine has no way to it
   */
  public ClusterClient(HostPort node) {
    nodes.add(node);
    system =
        ActorSystem.create(
            Behaviors.empty(), "jingwei-client", ClusterSystem.client(localAddress(node)));
  }

  /**
   * Asks, and asks again if the answer is lost or the leader has changed. If a node does not
   * answer, the others are asked that earlier answers have named.
   *
   * @return one JSON object
   * @throws UserException if the cluster refuses the query
   * @throws FaultException if nobody answers
   */
  public String ask(Query query) {
    String last = "";
    for (int i = 0; i < TRIES; i++) {
      try {
        switch (askNode(query)) {
          case Answer.Given(String json) -> {
            learn(json);
            return json;
          }
          case Answer.Refused(String sentence) -> throw new UserException(sentence);
          case Answer.NotYet(String sentence) -> {
            i = sentence.equals(last) ? i : 0; // it makes progress
            last = sentence;
            LockSupport.parkNanos(NOT_YET.toNanos());
          }
        }
      } catch (CompletionException unanswered) {
        nodes.addLast(nodes.removeFirst());
      }
    }
    throw new FaultException(
        last.isEmpty()
            ? "This command waited %d s for an answer of %s; check that it runs, or ask another node of the cluster."
                .formatted(TRIES * AGAIN.toSeconds(), names())
            : "This command waited for %s, and nothing changed: %s.".formatted(names(), last),
        null);
  }

  private Answer askNode(Query query) {
    ActorRef<Door.Ask> door =
        ActorRefResolver.get(system)
            .resolveActorRef(
                "pekko://%s@%s/user/%s".formatted(NodeProcess.SYSTEM, nodes.getFirst(), Door.NAME));
    return AskPattern.<Door.Ask, Answer>ask(
            door, replyTo -> new Door.Ask(query, replyTo), AGAIN, system.scheduler())
        .toCompletableFuture()
        .join();
  }

  private void learn(String json) {
    try {
      for (JsonNode member : MAPPER.readTree(json).path("members")) {
        HostPort address = HostPort.parse(member.path("address").asText(), "the answer");
        if (!nodes.contains(address)) {
          nodes.addLast(address);
        }
      }
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private String names() {
    return nodes.size() == 1
        ? "the node %s".formatted(nodes.getFirst())
        : "the nodes %s".formatted(nodes.stream().map(HostPort::toString).collect(joining(", ")));
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

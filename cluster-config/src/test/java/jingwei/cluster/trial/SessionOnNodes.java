package jingwei.cluster.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jingwei.cluster.node.ClusterClient;
import jingwei.cluster.node.Query;
import jingwei.cluster.settings.Configuration;

/** Node processes and a session on them, for tests. A wait ends with the timeout of its test. */
final class SessionOnNodes implements AutoCloseable {
  private final Path folder;
  private final NodeProcesses nodes;

  /**
   * @param flags of the node processes, besides those of this JVM
   */
  SessionOnNodes(Path folder, String... flags) {
    this.folder = folder;
    NodeProgram like = NodeProgram.ofThisJvm("jingwei.cluster.cli.Main");
    List<String> all = new ArrayList<>(like.jvmFlags());
    all.addAll(List.of(flags));
    nodes =
        new NodeProcesses(
            new NodeProgram(like.mainClass(), all),
            new LoopbackNetwork("test-%x".formatted(System.nanoTime())),
            folder,
            List.of(folder));
  }

  NodeProcesses nodes() {
    return nodes;
  }

  /** Folder of a session. */
  Path folder(String session) {
    return nodes.sessions().resolve(session);
  }

  /** Submits a session with a very small model. */
  Configuration submit(String session, String... settings) {
    try (ClusterClient client = new ClusterClient(nodes.node(1).address())) {
      Configuration configuration = TrialTexts.configuration(folder, settings);
      client.ask(new Query.Submit(session, configuration.render()));
      return configuration;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Addresses of all nodes that were started. */
  Set<String> addresses() {
    return nodes.all().stream()
        .map(node -> node.address().toString())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Waits until a process says that its node is up. */
  void awaitUp(TrialNode node) {
    while (!node.isUp()) {
      if (!node.isAlive()) {
        throw new AssertionError(node.name() + " ended: " + node.output());
      }
      pause();
    }
  }

  /** Asks through one node until the cluster has exactly these members. */
  void awaitMembers(TrialNode through, String session, Set<String> wanted) {
    awaitUp(through);
    await(through, session, status -> members(status).equals(wanted));
  }

  /** Asks for the status of a session until it is as wanted. */
  JsonNode await(TrialNode through, String session, Predicate<JsonNode> wanted) {
    try (ClusterClient client = new ClusterClient(through.address())) {
      while (true) {
        JsonNode status = new ObjectMapper().readTree(client.ask(new Query.Status(session)));
        if (wanted.test(status)) {
          return status;
        }
        if (status.path("state").asText().equals("failed")) {
          throw new AssertionError(status.toString());
        }
        pause();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The session still makes progress; then it is stopped in order. */
  void stop(TrialNode through, String session) {
    long step = await(through, session, status -> true).path("step").asLong();
    await(through, session, status -> status.path("step").asLong() > step + 10);
    try (ClusterClient client = new ClusterClient(through.address())) {
      client.ask(new Query.Stop(session));
    }
    await(through, session, status -> status.path("state").asText().equals("stopped"));
  }

  @Override
  public void close() {
    nodes.close();
  }

  private static Set<String> members(JsonNode status) {
    return status
        .path("members")
        .valueStream()
        .filter(member -> !member.path("state").asText().equals("lost"))
        .map(member -> member.path("address").asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
  }
}

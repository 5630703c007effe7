package jingwei.cluster.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.HostPort;
import jingwei.cluster.settings.NodeOverrides;

/** Nodes of one cluster in this process, each with a folder of its own. */
final class LocalNodes implements AutoCloseable {
  private static final Pattern UP = Pattern.compile("node (\\S+) is up: .*");

  private final Path folder;
  private final List<Running> nodes = new ArrayList<>();

  /** A node that is up. */
  record Running(NodeProcess node, HostPort address, CompletableFuture<NodeProcess.Ending> end) {}

  /**
   * @param folder that has the data, and the folders of the nodes
   */
  LocalNodes(Path folder) {
    this.folder = folder;
  }

  /** Starts a node that joins the first one, and waits until it is up. */
  Running start(String name, String... roles) throws InterruptedException {
    ClusterSettings settings =
        ClusterSettings.resolve(
            null,
            new NodeOverrides(
                roles.length == 0 ? null : List.of(roles),
                null,
                0,
                nodes.stream().limit(1).map(first -> first.address.toString()).toList(),
                folder.resolve(name).toString(),
                List.of("cluster.data=[\"%s\"]".formatted(folder))));
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    NodeProcess node = NodeProcess.start(settings, lines::add);
    CompletableFuture<NodeProcess.Ending> end = CompletableFuture.supplyAsync(node::run);
    String line = String.valueOf(lines.poll(60, TimeUnit.SECONDS));
    Matcher up = UP.matcher(line);
    if (!up.matches()) {
      throw new AssertionError("the node said: " + line);
    }
    Running running = new Running(node, HostPort.parse(up.group(1), "node"), end);
    nodes.add(running);
    return running;
  }

  void leave(Running running) {
    nodes.remove(running);
    running.node.leave();
    running.end.join();
  }

  /** Asks until the status is as wanted; the timeout of the test ends it. */
  static JsonNode await(ClusterClient client, String session, Predicate<JsonNode> wanted) {
    while (true) {
      JsonNode status = status(client, session);
      if (wanted.test(status)) {
        return status;
      }
      if (status.path("state").asText().equals("failed")) {
        throw new AssertionError(status.toString());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  static JsonNode status(ClusterClient client, String session) {
    try {
      return new ObjectMapper().readTree(client.ask(new Query.Status(session)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    List.copyOf(nodes).forEach(this::leave);
  }
}

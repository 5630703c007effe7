package jingwei.cluster.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import jingwei.cluster.node.NodeProcess;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.NodeOverrides;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "node",
    description = "Starts a node of a cluster, which trains the sessions that are submitted.",
    footer = {
      "",
      "Ctrl-C hands the node's share over at a step boundary, and the node leaves.",
      "",
      "Example (give all nodes the same seeds):",
      "  jingwei node --port 7100 --seeds 127.0.0.1:7100,127.0.0.1:7101"
    })
final class NodeCommand implements Callable<Integer> {
  @Option(names = "--config", paramLabel = "FILE", description = "HOCON file with keys of cluster")
  private Path file;

  @Option(
      names = "--roles",
      paramLabel = "ROLE",
      split = ",",
      description = "device, host, coordinator; all by default")
  private List<String> roles;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "address that the others reach; 127.0.0.1 by default")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "TCP port; 7100 by default, 0 for a free one")
  private Integer port;

  @Option(
      names = "--seeds",
      paramLabel = "HOST:PORT",
      split = ",",
      description = "nodes to join through; the same list on all nodes")
  private List<String> seeds;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description =
          "folder of the sessions; all coordinators need the same one unless sessions have two copies; runs by default")
  private String folder;

  @Option(names = "--set", paramLabel = "key=value", description = "one value over the file")
  private List<String> assignments = List.of();

  @Override
  public Integer call() {
    ClusterSettings settings =
        ClusterSettings.resolve(
            file, new NodeOverrides(roles, host, port, seeds, folder, assignments));
    if (settings.isOpen()) {
      System.err.println(
          "Warning: everybody who reaches %s can use this node; nothing is encrypted."
              .formatted(settings.address()));
    }
    showFaultsOfActors();
    CountDownLatch ended = new CountDownLatch(1);
    NodeProcess node =
        NodeProcess.start(
            settings,
            line -> {
              System.out.println(line);
              System.out.flush();
            });
    Thread hook = new Thread(() -> leave(node, ended), "leave");
    Runtime.getRuntime().addShutdownHook(hook);
    NodeProcess.Ending ending = node.run();
    ended.countDown();
    return switch (ending) {
      case LEFT -> Commands.DONE;
      case REMOVED ->
          Commands.say(
              Commands.FAULT,
              "The node was removed from its cluster, or cut off from most of it; start it again to join.");
      case OTHER_KERNELS ->
          Commands.say(
              Commands.USER_MISTAKE,
              "The cluster refused this node, since its kernels compute other bits (another instruction set or library); start all nodes with the same kernels, or this node in a cluster of its own.");
    };
  }

  /** Other commands say in one sentence what failed; a node goes on. */
  private static void showFaultsOfActors() {
    if (LoggerFactory.getLogger("org.apache.pekko") instanceof Logger pekko) {
      pekko.setLevel(Level.ERROR);
    }
  }

  /** Runs in the hook of Ctrl-C; the JVM halts when it returns. */
  private static void leave(NodeProcess node, CountDownLatch ended) {
    if (ended.getCount() > 0) {
      node.leave();
      try {
        ended.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

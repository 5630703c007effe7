package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jingwei.cluster.session.FaultException;
import jingwei.cluster.settings.HostPort;

/**
 * The nodes of a trial as processes. None of them outlives this JVM, unless it is killed with
 * SIGKILL.
 */
final class NodeProcesses implements AutoCloseable {
  /** Longest time in which no node comes up. */
  private static final long UP_SECONDS = 180;

  /** Exit code of a node that the others have removed from their cluster. */
  private static final int REMOVED = 3;

  private static final int MOST_RESTARTS = 3;
  private static final long ROUND_MILLIS = 20;

  private final NodeProgram program;
  private final TrialNetwork network;
  private final Path folder;
  private final List<Path> readable;
  private final List<TrialNode> nodes = new ArrayList<>();
  private final List<DriverOfNodes> drivers = new ArrayList<>();
  private final List<HostPort> seeds = new ArrayList<>();
  private final Thread hook = new Thread(this::killAll, "kill-nodes");
  private boolean isClosed;

  /**
   * @param network is closed with this object
   * @param folder of the trial
   * @param readable folders that sessions may read
   */
  NodeProcesses(NodeProgram program, TrialNetwork network, Path folder, List<Path> readable) {
    this.program = program;
    this.network = network;
    this.folder = folder;
    this.readable = List.copyOf(readable);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Folder of the sessions of these nodes. */
  Path sessions() {
    return folder.resolve("sessions");
  }

  TrialNetwork network() {
    return network;
  }

  /** Starts the first nodes, which are the seeds of all. Returns when all are up. */
  void startFirst(int count) {
    List<HostPort> places = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      places.add(network.add(number));
    }
    seeds.addAll(places);
    for (int number = 1; number <= count; number++) {
      launch(number, places.get(number - 1));
    }
    awaitUp();
  }

  /** Starts a further node; it joins the others later. */
  TrialNode join() {
    int number = nodes.size() + 1;
    return launch(number, network.add(number));
  }

  /** A node by its number, counted from 1. */
  TrialNode node(int number) {
    return nodes.get(number - 1);
  }

  /** The node at an address. */
  Optional<TrialNode> at(String address) {
    return nodes.stream().filter(node -> node.address().toString().equals(address)).findFirst();
  }

  List<TrialNode> all() {
    return List.copyOf(nodes);
  }

  /** The Aeron driver of the first node's machine. */
  DriverOfNodes driver() {
    return drivers.getFirst();
  }

  private synchronized TrialNode launch(int number, HostPort place) {
    if (isClosed) {
      throw new IllegalStateException("node %d is started after the end".formatted(number));
    }
    Path configuration = folder.resolve("node-%d.conf".formatted(number));
    String machine = network.machine(number);
    try {
      Files.writeString(
          configuration, new NodeFile(place, seeds, sessions(), readable, machine).text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TrialNode node =
        new TrialNode(
            number,
            place,
            network.at(number, program.command(configuration)),
            folder.resolve("node-%d.log".formatted(number)));
    if (nodes.stream().noneMatch(other -> network.machine(other.number()).equals(machine))) {
      drivers.add(new DriverOfNodes(machine));
    }
    nodes.add(node);
    node.start();
    return node;
  }

  private void awaitUp() {
    long up = 0;
    long since = System.nanoTime();
    while (up < nodes.size()) {
      long now = 0;
      for (TrialNode node : nodes) {
        if (node.isUp()) {
          now++;
        } else if (!node.isAlive()) {
          startAgain(node);
        }
      }
      if (now > up) {
        up = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > TimeUnit.SECONDS.toNanos(UP_SECONDS)) {
        throw new FaultException(
            "This command waited %d s for %s to be up; its output is in %s."
                .formatted(
                    UP_SECONDS,
                    nodes.stream().filter(node -> !node.isUp()).findFirst().orElseThrow().name(),
                    folder),
            null);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ROUND_MILLIS));
    }
  }

  /** While many processes start, a node may be too slow for the others, which then remove it. */
  private static void startAgain(TrialNode node) {
    if (node.exitCode() != REMOVED || node.starts() > MOST_RESTARTS) {
      throw new FaultException(
          "The %s ended before it was up: %s.".formatted(node.name(), node.end()), null);
    }
    node.start();
  }

  /** Kills all nodes: what they have committed is on disk. */
  @Override
  public void close() {
    killAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      return; // the hook finds nothing to do
    }
  }

  private synchronized void killAll() {
    if (!isClosed) {
      isClosed = true;
      nodes.stream().filter(TrialNode::isAlive).forEach(TrialNode::kill);
      drivers.forEach(DriverOfNodes::close);
      network.close();
    }
  }
}

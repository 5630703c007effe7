package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.actors.transport.TransportPeers.Cluster;
import jingwei.actors.transport.TransportSettings.Local;
import org.agrona.IoUtil;

/** Driver processes of machines that are all this machine; they are killed at the end. */
final class DriversFixture implements AutoCloseable {
  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final long PATIENCE_SECONDS = 30;

  final Path folder;

  DriversFixture() throws IOException {
    folder =
        Files.createTempDirectory(
            Files.isDirectory(SHARED_MEMORY)
                ? SHARED_MEMORY
                : Path.of(System.getProperty("java.io.tmpdir")),
            "jingwei-test-drivers-");
  }

  DriverSettings settings(String machine) {
    return DriverSettings.in(folder.resolve(machine));
  }

  Path ensure(DriverSettings settings) {
    return SharedDriver.ensure(settings, NodesFixture.settings(Local.AERON), 4);
  }

  ProcessHandle process(DriverSettings settings) {
    return SharedDriver.process(settings).orElseThrow();
  }

  /** Nodes on the loopback, each with a port, on the machines with these names. */
  static List<NodeEndpoint> endpoints(String... machines) {
    List<NodeEndpoint> endpoints = new ArrayList<>();
    for (String machine : machines) {
      endpoints.add(NodeEndpoint.onFreePort(machine, "127.0.0.1"));
    }
    return endpoints;
  }

  /** What a node knows, after its driver was started. */
  Cluster peers(List<NodeEndpoint> endpoints, int node) {
    return new Cluster(
        ensure(settings(endpoints.get(node).machine())), endpoints, Cluster.firstStream(17, 1));
  }

  static void awaitEnd(ProcessHandle process) {
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() throws IOException {
    try (var machines = Files.list(folder)) {
      for (Path machine : machines.toList()) {
        var process = SharedDriver.process(DriverSettings.in(machine));
        if (process.isPresent()) {
          process.get().destroyForcibly();
          awaitEnd(process.get());
        }
      }
    }
    IoUtil.delete(folder.toFile(), false);
    assertTrue(Files.notExists(folder));
  }
}

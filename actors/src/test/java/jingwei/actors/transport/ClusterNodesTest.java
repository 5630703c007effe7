package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import java.lang.foreign.MemorySegment;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import jingwei.actors.transport.NodesFixture.Node;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Reply;
import jingwei.actors.transport.TensorTransport.Sent;
import org.junit.jupiter.api.Test;

/** Tensors between nodes that use driver processes. */
class ClusterNodesTest {
  private static final long[] ELEMENTS = {1, 17, 343, 20_000, 262_144, 262_145, 1_000_003, 3 << 20};
  private static final long NOTICE_SECONDS = 5;
  private static final String ENDED = "the Aeron driver of this machine has ended";

  /** Nodes 0 and 1 by IPC, both with node 2 by UDP, all at once, each also to itself. */
  @Test
  void tensorsOfAllSizesGoByIpcAndByUdp() throws Exception {
    List<NodeEndpoint> endpoints = DriversFixture.endpoints("east", "east", "west");
    try (DriversFixture drivers = new DriversFixture();
        NodesFixture fixture = new NodesFixture(node -> drivers.peers(endpoints, node))) {
      List<Node> nodes = List.of(fixture.start(0), fixture.start(1), fixture.start(2));
      Map<TensorRef, MemorySegment> sources = new HashMap<>();
      Map<TensorRef, MemorySegment> destinations = new HashMap<>();
      for (long elements : ELEMENTS) {
        for (Node from : nodes) {
          for (Node to : nodes) {
            TensorRef tensor = from.tensor(elements);
            destinations.put(tensor, to.receive(tensor));
            sources.put(tensor, from.send(tensor, to));
          }
        }
      }
      int count = ELEMENTS.length * nodes.size();
      for (Node node : nodes) {
        node.sender
            .receiveSeveralMessages(count, NodesFixture.PATIENCE)
            .forEach(reply -> assertInstanceOf(Sent.class, reply));
        for (Reply reply : node.receiver.receiveSeveralMessages(count, NodesFixture.PATIENCE)) {
          Arrived arrived = assertInstanceOf(Arrived.class, reply);
          assertEquals(crc32c(sources.get(arrived.tensor())), arrived.crc32c());
        }
        assertEquals(new TransportCounters.Failed(0, 0, 0, 0, 0), node.report().failed());
      }
      sources.forEach(
          (tensor, source) -> assertEquals(-1, source.mismatch(destinations.get(tensor))));
    }
  }

  private static int crc32c(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asByteBuffer());
    return (int) crc.getValue();
  }

  @Test
  void nodesOfAKilledDriverFailInTimeAndANewDriverServesNewNodes() throws Exception {
    List<NodeEndpoint> endpoints = DriversFixture.endpoints("east", "east");
    try (DriversFixture drivers = new DriversFixture();
        NodesFixture fixture = new NodesFixture(node -> drivers.peers(endpoints, node))) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      host.expectTrip(device, 600_000);
      DriverSettings settings = drivers.settings("east");
      ProcessHandle killed = drivers.process(settings);
      List<TensorRef> open = new ArrayList<>();
      for (Node node : List.of(host, device)) {
        open.add(node.tensor(600_000));
        node.receive(open.getLast());
        node.await(counters -> counters.open().receives() == 1);
      }
      long killedNanos = System.nanoTime();
      killed.destroyForcibly();
      for (Node node : List.of(host, device)) {
        String reason = node.expectFailed(node.receiver, open.get(node.number));
        assertTrue(reason.contains(ENDED), reason);
        node.receiver.expectTerminated(node.transport);
      }
      long noticeNanos = System.nanoTime() - killedNanos;
      assertTrue(noticeNanos < TimeUnit.SECONDS.toNanos(NOTICE_SECONDS), "ns: " + noticeNanos);

      assertTrue(Files.exists(settings.folder().resolve("log/cnc.dat")), "files of a dead driver");
      Node again = fixture.prepare(0, 2);
      assertNotEquals(killed.pid(), drivers.process(settings).pid());
      again.start();
      again.expectTrip(fixture.start(1, 2), 600_000);
    }
  }

  @Test
  void aNodeWithoutADriverFailsAtOnce() throws Exception {
    List<NodeEndpoint> endpoints = DriversFixture.endpoints("east");
    try (DriversFixture drivers = new DriversFixture();
        NodesFixture fixture =
            new NodesFixture(
                node ->
                    new TransportPeers.Cluster(drivers.folder.resolve("missing"), endpoints, 1))) {
      Node node = fixture.prepare(0, 1);
      node.start();
      node.receiver.expectTerminated(node.transport);
    }
  }

  /** The clock of the transport blocks its thread, as SIGSTOP would. */
  @Test
  void aNodeThatWasStoppedForLongFailsWhenItWakes() throws Exception {
    List<NodeEndpoint> endpoints = DriversFixture.endpoints("east");
    try (DriversFixture drivers = new DriversFixture();
        NodesFixture fixture = new NodesFixture(node -> drivers.peers(endpoints, node))) {
      DriverSettings settings = drivers.settings("east");
      drivers.ensure(settings.withTimes(60_000, 1_000));
      Node node = fixture.prepare(0, 1);
      CountDownLatch stopped = new CountDownLatch(1);
      CountDownLatch wakes = new CountDownLatch(1);
      node.start(() -> stop(stopped, wakes));
      TensorRef tensor = node.tensor(16);
      node.receive(tensor);
      try (Aeron aeron =
          Aeron.connect(
              new Aeron.Context()
                  .aeronDirectoryName(settings.folder().resolve("log").toString()))) {
        aeron.addSubscription("aeron:ipc", 1).close();
        assertTrue(stopped.await(20, TimeUnit.SECONDS), "waited for the transport to start");
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (DriverProcess.clients(aeron.countersReader()) > 1) {
          assertTrue(System.nanoTime() < endNanos, "waited for the driver to give up the node");
          Thread.onSpinWait();
        }
      }
      wakes.countDown();
      String reason = node.expectFailed(node.receiver, tensor);
      assertTrue(reason.contains("this process was stopped for so long"), reason);
    }
  }

  private static long stop(CountDownLatch stopped, CountDownLatch wakes) {
    stopped.countDown();
    try {
      assertTrue(wakes.await(60, TimeUnit.SECONDS), "the transport waited for the test");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 1;
  }

  @Test
  void aUdpPortThatIsTakenIsAFault() throws Exception {
    try (DatagramSocket taken =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DriversFixture drivers = new DriversFixture()) {
      List<NodeEndpoint> endpoints =
          List.of(
              new NodeEndpoint("east", "127.0.0.1", taken.getLocalPort()),
              NodeEndpoint.onFreePort("west", "127.0.0.1"));
      try (NodesFixture fixture = new NodesFixture(node -> drivers.peers(endpoints, node))) {
        Node node = fixture.prepare(0, 1);
        node.start();
        node.receiver.expectTerminated(node.transport);
        assertFalse(taken.isClosed());
      }
    }
  }
}

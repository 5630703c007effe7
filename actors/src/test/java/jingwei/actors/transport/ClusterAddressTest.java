package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jingwei.actors.transport.TransportPeers.Cluster;
import org.junit.jupiter.api.Test;

/** Channels and streams between the nodes of a cluster. */
class ClusterAddressTest {
  private static final int TERM_BYTES = 1 << 24;

  private static final List<NodeEndpoint> ENDPOINTS =
      List.of(
          new NodeEndpoint("east", "10.0.0.1", 4001),
          new NodeEndpoint("east", "10.0.0.1", 4002),
          new NodeEndpoint("west", "10.0.0.2", 4001),
          new NodeEndpoint("south", "127.0.0.1", 4004),
          new NodeEndpoint("north", "fe80::1", 4005));

  private final Cluster cluster = new Cluster(Path.of("driver"), ENDPOINTS, 1000);

  @Test
  void nodesOfOneMachineUseIpcAndOthersUdp() {
    assertEquals(
        new NodeAddress("aeron:ipc?term-length=16777216", 1001),
        NodeAddress.of(cluster, 0, 1, TERM_BYTES));
    assertEquals(
        new NodeAddress("aeron:ipc?term-length=16777216", 1000),
        NodeAddress.of(cluster, 0, 0, TERM_BYTES));
    assertEquals(
        new NodeAddress("aeron:udp?endpoint=10.0.0.2:4001|term-length=16777216", 1002),
        NodeAddress.of(cluster, 0, 2, TERM_BYTES));
    assertEquals(
        new NodeAddress("aeron:udp?endpoint=[fe80::1]:4005|term-length=16777216", 1004),
        NodeAddress.of(cluster, 2, 4, TERM_BYTES));
  }

  @Test
  void datagramsOnTheLoopbackAreLarge() {
    assertEquals(
        "aeron:udp?endpoint=127.0.0.1:4004|term-length=16777216|mtu=65504",
        NodeAddress.of(cluster, 0, 3, TERM_BYTES).channel());
  }

  @Test
  void aNodeListensOnUdpIfAnotherMachineIsThere() {
    SocketBuffers buffers = new SocketBuffers(4 << 20);
    assertEquals(
        List.of(
            new NodeAddress("aeron:ipc", 1001),
            new NodeAddress(
                "aeron:udp?endpoint=10.0.0.1:4002|so-rcvbuf=4194304|rcv-wnd=1398101", 1001)),
        NodeAddress.inboxes(cluster, 1, buffers));
    Cluster oneMachine = new Cluster(Path.of("driver"), ENDPOINTS.subList(0, 2), 1000);
    assertEquals(
        List.of(new NodeAddress("aeron:ipc", 1001)), NodeAddress.inboxes(oneMachine, 1, buffers));
  }

  @Test
  void theWindowsOfAllSendersFitIntoTheSocket() {
    SocketBuffers buffers = new SocketBuffers(4 << 20);
    assertEquals(4 << 20, buffers.windowBytes(1));
    assertEquals(1 << 20, buffers.windowBytes(4));
    assertEquals(128 << 10, buffers.windowBytes(100));
    assertEquals(64 << 10, new SocketBuffers(64 << 10).windowBytes(2));
    assertTrue(SocketBuffers.granted().receiveBytes() > 0);
  }

  @Test
  void incarnationsAndSessionsHaveTheirOwnStreams() {
    Set<Integer> streams = new HashSet<>();
    for (long session = 0; session < 10; session++) {
      for (long incarnation = 1; incarnation <= 10; incarnation++) {
        int first = Cluster.firstStream(session * 0x5851f42d4c957f2dL, incarnation);
        assertTrue(first >= 0 && first < 1 << 30);
        streams.add(first >> 6); // 64 nodes each
      }
    }
    assertEquals(100, streams.size());
    assertEquals(Cluster.firstStream(3, 4), Cluster.firstStream(3, 4));
  }

  @Test
  void theLogsOfAMachineAreCounted() {
    assertEquals(2 * 2 + 2 * 2 * 3, cluster.logs("east"));
    assertEquals(1 + 2 * 4, cluster.logs("west"));
    assertEquals(0, cluster.logs("other"));
  }

  @Test
  void aClusterOfSeveralMachinesHasPorts() {
    List<NodeEndpoint> without =
        List.of(new NodeEndpoint("east", "a", 0), new NodeEndpoint("west", "b", 1));
    Path driver = Path.of("driver");
    assertThrows(IllegalArgumentException.class, () -> new Cluster(driver, without, 0));
    assertThrows(IllegalArgumentException.class, () -> new Cluster(driver, List.of(), 0));
    assertThrows(IllegalArgumentException.class, () -> new Cluster(driver, ENDPOINTS, -1));
    assertThrows(IllegalArgumentException.class, () -> new NodeEndpoint("", "a", 1));
    assertThrows(IllegalArgumentException.class, () -> new NodeEndpoint("east", "a", 65_536));
    assertThrows(IllegalArgumentException.class, () -> new TransportNode(5, 1, cluster));
    assertTrue(new TransportNode(4, 1, cluster).reaches(0));
  }
}

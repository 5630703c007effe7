package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import jingwei.actors.transport.NodesFixture.Node;
import jingwei.actors.transport.TensorTransport.Arrived;
import jingwei.actors.transport.TensorTransport.Reply;
import jingwei.actors.transport.TensorTransport.Sent;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors between nodes of one machine. */
class NodesTest {
  private static final int TENSORS_PER_WAY = 8;

  private record Way(Node from, Node to) {}

  /** All directions at once, and the host to itself: sizes of less than a part to several parts. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void tensorsGoInAllDirectionsAtOnce(int count) {
    try (NodesFixture fixture = new NodesFixture(count)) {
      List<Node> nodes = new ArrayList<>();
      for (int number = 0; number < count; number++) {
        nodes.add(fixture.start(number));
      }
      List<Way> ways = new ArrayList<>();
      for (Node from : nodes) {
        for (Node to : nodes) {
          if (from != to || from.number == 0) {
            ways.add(new Way(from, to));
          }
        }
      }
      SplittableRandom random = new SplittableRandom(31);
      Map<TensorRef, MemorySegment> sources = new HashMap<>();
      Map<TensorRef, MemorySegment> destinations = new HashMap<>();
      for (int i = 0; i < TENSORS_PER_WAY; i++) {
        for (Way way : ways) {
          // Weights are numbered by their receiver, gradients by their sender.
          Node numbering = random.nextBoolean() ? way.from : way.to;
          TensorRef tensor = numbering.tensor(1 + random.nextInt(1 << random.nextInt(1, 21)));
          destinations.put(tensor, way.to.receive(tensor));
          sources.put(tensor, way.from.send(tensor, way.to));
        }
      }
      for (Node node : nodes) {
        int out = TENSORS_PER_WAY * (int) ways.stream().filter(way -> way.from == node).count();
        int in = TENSORS_PER_WAY * (int) ways.stream().filter(way -> way.to == node).count();
        node.sender
            .receiveSeveralMessages(out, NodesFixture.PATIENCE)
            .forEach(reply -> assertInstanceOf(Sent.class, reply));
        for (Reply reply : node.receiver.receiveSeveralMessages(in, NodesFixture.PATIENCE)) {
          Arrived arrived = assertInstanceOf(Arrived.class, reply);
          assertEquals(crc32c(sources.get(arrived.tensor())), arrived.crc32c());
        }
        assertEquals(
            new TransportCounters.Failed(0, 0, 0, 0, 0), node.report().failed(), "no part is lost");
      }
      sources.forEach(
          (tensor, source) -> assertEquals(-1, source.mismatch(destinations.get(tensor))));
      assertEquals(0, nodes.stream().mapToLong(node -> node.report().open().bytesInFlight()).sum());
    }
  }

  private static int crc32c(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.asByteBuffer());
    return (int) crc.getValue();
  }

  /** Nodes share no buffer, so there is no handover between them. */
  @ParameterizedTest
  @EnumSource
  void tensorsGoThroughTheLogWhateverIsChosenWithinANode(Local local) {
    try (NodesFixture fixture = new NodesFixture(2, local)) {
      Node host = fixture.start(0);
      host.expectTrip(fixture.start(1), 300_000);
    }
  }

  @Test
  void aFullLogToOneNodeHoldsNoOtherBack() {
    try (NodesFixture fixture = new NodesFixture(3)) {
      Node host = fixture.start(0);
      Node slow = fixture.start(1);
      Node other = fixture.start(2);
      TensorRef large = slow.tensor(5 << 20);
      MemorySegment destination = slow.lend(large);
      MemorySegment source = host.send(large, slow);
      host.await(counters -> counters.backPressuredOffers() > 0);
      host.expectTrip(other, 5 << 20);
      slow.ask(large);
      host.expectSent(large);
      slow.expectArrived(large);
      assertEquals(-1, source.mismatch(destination));
    }
  }

  @Test
  void theDriverDeletesItsFolder() {
    Path folder;
    try (NodesFixture fixture = new NodesFixture(2)) {
      folder = ((TransportPeers.Machine) fixture.driver.peers()).driver();
      assertTrue(Files.exists(folder));
    }
    assertFalse(Files.exists(folder.getParent()));
  }

  @Test
  void theRoomIsThatOfAllLogs() {
    MachineNodes nodes = new MachineNodes(2, 2);
    assertEquals(13, nodes.logs()); // 2 between devices, 8 with hosts, 3 of host 0
    assertEquals(3, new MachineNodes(1, 1).logs());
    UserException none =
        assertThrows(
            UserException.class,
            () -> LogFolder.make(TransportSettings.defaults(), nodes.logs(), folder -> 1000));
    assertTrue(none.getMessage().contains("671,088,640 bytes needed"), none.getMessage());
    assertTrue(none.getMessage().endsWith("or use fewer devices and hosts."), none.getMessage());
  }

  @Test
  void aNodeHasANumberOfTheMachine() {
    TransportPeers peers = new TransportPeers.Machine(Path.of("driver"), 2);
    assertThrows(IllegalArgumentException.class, () -> new TransportNode(2, 1, peers));
    assertThrows(IllegalArgumentException.class, () -> new TransportNode(-1, 1, peers));
    assertThrows(IllegalArgumentException.class, () -> new MachineNodes(0, 1));
  }

  @Test
  void transfersAreNumberedByNodeActorAndSequence() {
    TransferNumbers numbers = new TransferNumbers(3, 1);
    assertEquals(new TransferId(3, 1, 1), numbers.next());
    assertEquals("3.1.2", numbers.next().toString());
  }
}

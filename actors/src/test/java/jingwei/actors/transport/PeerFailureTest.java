package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.NodesFixture.Node;
import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that are missing, closed or started again. */
class PeerFailureTest {
  /** The other nodes make progress all the time. */
  @Test
  void aMissingNodeIsNamedAtItsDeadline() {
    try (NodesFixture fixture = new NodesFixture(3)) {
      Node host = fixture.start(0);
      Node other = fixture.start(2);
      TensorRef first = host.tensor(16);
      TensorRef second = host.tensor(16);
      host.send(first, 1);
      host.send(second, 1);
      host.await(counters -> counters.open().sends() == 2);
      host.expectTrip(other, 600_000);
      fixture.passDeadline();
      for (TensorRef tensor : new TensorRef[] {first, second}) {
        assertEquals(
            "the sender of tensor %s (transfer=%s sentBytes=0 bytes=64)"
                    .formatted(tensor.transfer(), tensor.transfer())
                + " waited 10000 ms for node 1, which is not connected",
            host.expectFailed(host.sender, tensor));
      }
      host.expectTrip(other, 600_000);
    }
  }

  @Test
  void aNodeThatStartsInTimeReceivesWhatWaitsForIt() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node host = fixture.start(0);
      TensorRef tensor = host.tensor(600_000);
      host.send(tensor, 1);
      host.await(counters -> counters.open().sends() == 1);
      Node device = fixture.prepare(1, 1);
      device.lend(tensor);
      device.start();
      device.ask(tensor);
      host.expectSent(tensor);
      device.expectArrived(tensor);
    }
  }

  @Test
  void aNodeThatEndsFailsItsSenderOnlyAndMayStartAgain() {
    try (NodesFixture fixture = new NodesFixture(3)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      Node other = fixture.start(2);
      TensorRef large = host.tensor(5 << 20);
      device.lend(large);
      host.send(large, device);
      host.await(counters -> counters.backPressuredOffers() > 0);
      device.stop();
      host.expectTrip(other, 600_000);
      fixture.passDeadline();
      String reason = host.expectFailed(host.sender, large);
      assertTrue(reason.contains("node 1"), reason);
      host.expectTrip(other, 600_000);
      host.expectTrip(fixture.start(1), 600_000);
    }
  }

  @Test
  void aNodeThatEndsLeavesItsTensorsInTheLog() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      TensorRef tensor = device.tensor(600_000);
      device.lend(tensor);
      host.send(tensor, device);
      host.expectSent(tensor);
      host.stop();
      device.ask(tensor);
      device.expectArrived(tensor);
    }
  }

  @Test
  void aTransportWithoutItsDriverEnds(@TempDir Path folder) {
    TransportSettings settings = TransportFixture.settings(Local.AERON, "");
    TransportNode node =
        new TransportNode(0, 1, new TransportPeers.Machine(folder.resolve("missing"), 2));
    try (TransportFixture fixture =
        new TransportFixture(
            (loans, statistics) ->
                TransportBackend.create(settings, node, loans, statistics, new Progress()))) {
      fixture.sender.expectTerminated(fixture.transport);
    }
  }
}

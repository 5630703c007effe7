package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jingwei.actors.transport.NodesFixture.Node;
import org.junit.jupiter.api.Test;

/** Parts that are foreign, doubled or not asked for. No deadline passes. */
class StrayPartsTest {
  private static final int PART = 1 << 20;

  @Test
  void aTensorThatNobodyAskedForIsSkippedAndTheNextOneInItsLogArrives() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      TensorRef lost = host.tensor(5 << 20); // more than the log holds
      host.send(lost, device);
      host.expectSent(lost);
      host.expectTrip(device, 600_000);
      assertEquals(1, device.report().failed().skippedTensors());
    }
  }

  @Test
  void tensorsThatNobodyAskedForInTwoLogsAreSkippedAndTheNextOnesArrive() {
    try (NodesFixture fixture = new NodesFixture(3)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      Node other = fixture.start(2);
      TensorRef first = host.tensor(5 << 20);
      TensorRef second = other.tensor(5 << 20);
      host.send(first, device);
      other.send(second, device);
      host.expectSent(first);
      other.expectSent(second);
      host.expectTrip(device, 600_000);
      other.expectTrip(device, 600_000);
      assertEquals(2, device.report().failed().skippedTensors());
    }
  }

  /** Two logs wait for requests at their first part. */
  @Test
  void aLogThatWaitsForARequestBlocksNoOther() {
    try (NodesFixture fixture = new NodesFixture(3)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      Node other = fixture.start(2);
      TensorRef first = device.tensor(300_000);
      TensorRef second = device.tensor(300_000);
      device.lend(first);
      device.lend(second);
      host.send(first, device);
      other.send(second, device);
      host.expectSent(first);
      other.expectSent(second);
      device.ask(second);
      device.expectArrived(second);
      other.expectTrip(device, 16);
      device.ask(first);
      device.expectArrived(first);
    }
  }

  /** The numbers are the same: the session went back to a checkpoint and counts again. */
  @Test
  void aLatePartOfAnEarlierIncarnationIsNotTakenForAnother() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node before = fixture.start(0, 1);
      Node device = fixture.start(1, 2);
      TensorRef late = before.tensor(300_000); // two parts
      Node host = fixture.start(0, 2);
      TensorRef tensor = host.tensor(300_000);
      assertEquals(late.transfer(), tensor.transfer());
      MemorySegment destination = device.receive(tensor);
      device.await(counters -> counters.open().receives() == 1);
      before.send(late, device);
      before.expectSent(late);
      device.await(counters -> counters.failed().foreignParts() == 2);
      assertEquals(1, device.report().open().receives());
      MemorySegment source = host.send(tensor, device);
      host.expectSent(tensor);
      device.expectArrived(tensor);
      assertEquals(-1, source.mismatch(destination));
      assertEquals(0, device.report().failed().skippedTensors());
    }
  }

  @Test
  void doubledPartsChangeNothing() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node device = fixture.start(1);
      TensorRef tensor = device.tensor(300_000);
      MemorySegment destination = device.receive(tensor);
      MemorySegment source = fixture.bytesOf(tensor);
      int rest = (int) tensor.bytes() - PART;
      try (StrayParts parts = fixture.strayParts(1)) {
        parts.write(tensor, source, 0, PART);
        parts.write(tensor, source, 0, PART);
        parts.write(tensor, source, PART, rest);
        device.expectArrived(tensor);
        assertEquals(-1, source.mismatch(destination));
        MemorySegment other = fixture.bytesOf(tensor);
        parts.write(tensor, other, PART, rest);
        parts.write(tensor, other, 0, PART);
        TransportCounters counters =
            device.await(reported -> reported.failed().doubledParts() == 3);
        assertEquals(0, counters.failed().skippedTensors());
        assertEquals(1, counters.arrived().count());
      }
      assertEquals(-1, source.mismatch(destination));
    }
  }

  @Test
  void aMissingPartFailsItsReceiverAndTheNextTensorArrives() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node host = fixture.start(0);
      Node device = fixture.start(1);
      TensorRef tensor = device.tensor(600_000);
      device.receive(tensor);
      MemorySegment source = fixture.bytesOf(tensor);
      try (StrayParts parts = fixture.strayParts(1)) {
        parts.write(tensor, source, PART, PART);
        assertEquals(
            "a part is missing: offset=1048576 arrivedBytes=0",
            device.expectFailed(device.receiver, tensor));
        parts.write(tensor, source, 0, PART);
      }
      host.expectTrip(device, 600_000);
      assertEquals(0, device.report().failed().doubledParts());
    }
  }

  /** Its first part was lost with the node that read it before. */
  @Test
  void aPartInTheMiddleOfAnUnknownTensorIsSkipped() {
    try (NodesFixture fixture = new NodesFixture(2)) {
      Node device = fixture.start(1);
      TensorRef tensor = device.tensor(600_000);
      MemorySegment source = fixture.bytesOf(tensor);
      try (StrayParts parts = fixture.strayParts(1)) {
        parts.write(tensor, source, PART, PART);
        parts.write(tensor, source, 2 * PART, 600_000 * 4 - 2 * PART);
        device.await(counters -> counters.failed().skippedTensors() == 1);
        TensorRef next = device.tensor(16);
        MemorySegment destination = device.receive(next);
        parts.write(next, source.asSlice(0, 64), 0, 64);
        device.expectArrived(next);
        assertEquals(source.get(ValueLayout.JAVA_INT, 0), destination.get(ValueLayout.JAVA_INT, 0));
        assertEquals(1, device.report().failed().skippedTensors());
      }
    }
  }
}

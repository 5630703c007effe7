package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clock stands still until a test moves it. */
class DeadlineTest {
  @ParameterizedTest
  @EnumSource
  void aReceiverWhoseTensorNeverComesFailsAndNamesItsSender(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.receive(tensor);
      fixture.await(counters -> counters.open().receives() == 1);
      fixture.passDeadline();
      fixture.passDeadline();
      assertEquals(
          "the receiver of blocks.0.experts.1 weights (transfer=0.0.1 arrivedBytes=0 bytes=64)"
              + " waited 20000 ms for its sender",
          fixture.expectFailed(fixture.receiver, tensor));
      fixture.expectRoundtrip(600_000);
    }
  }

  /** More than the log holds, and no deadline passes. */
  @Test
  void aTensorWithoutAReceiverIsSkippedAtOnceAndItsLateReceiverFails() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      TensorRef tensor = fixture.tensor(5 << 20);
      fixture.send(tensor);
      fixture.expectSent(tensor);
      fixture.await(counters -> counters.open().bytesInFlight() == 0);
      fixture.receive(tensor);
      assertEquals(
          "transfer=0.0.1 (sender=0 bytes=20971520 version=7)"
              + " was skipped, because it came before its request",
          fixture.expectFailed(fixture.receiver, tensor));
      fixture.expectRoundtrip(5 << 20);
      assertEquals(1, fixture.report().failed().skippedTensors());
    }
  }

  @Test
  void aHandedOverTensorWithoutAReceiverFailsItsSender() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.send(tensor);
      fixture.await(counters -> counters.open().sends() == 1);
      fixture.passDeadline();
      fixture.passDeadline();
      String reason = fixture.expectFailed(fixture.sender, tensor);
      assertTrue(reason.endsWith("waited 20000 ms for its receiver"), reason);
      fixture.receive(tensor);
      assertEquals(reason, fixture.expectFailed(fixture.receiver, tensor));
    }
  }

  @Test
  void tensorsBehindOneWithoutAReceiverArrive() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      TensorRef lost = fixture.tensor(16);
      fixture.send(lost);
      fixture.expectSent(lost);
      fixture.expectRoundtrip(600_000);
      assertEquals(1, fixture.report().failed().skippedTensors());
    }
  }

  /** The last tensor has not begun, and the log makes progress before it. */
  @Test
  void aTensorBehindTwoWhoseRequestsAreSlowIsSentInItsTurn() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      TensorRef first = fixture.tensor(5 << 20);
      TensorRef second = fixture.tensor(5 << 20);
      TensorRef third = fixture.tensor(16);
      for (TensorRef tensor : List.of(first, second, third)) {
        fixture.lend(tensor);
        fixture.send(tensor);
      }
      fixture.await(counters -> counters.backPressuredOffers() > 0);
      fixture.passDeadline();
      String reason = fixture.expectFailed(fixture.sender, first);
      assertTrue(reason.endsWith("waited 10000 ms for room in the log to node 0"), reason);
      // The log holds nothing of the first any more, then it is full of the second, which waits.
      long bytes = second.bytes() + third.bytes();
      fixture.await(counters -> counters.open().bytesInFlight() == bytes);
      long offers = fixture.report().backPressuredOffers();
      fixture.await(counters -> counters.backPressuredOffers() > offers);
      fixture.ask(third);
      fixture.await(counters -> counters.open().receives() == 1);
      fixture.passDeadline();
      fixture.expectFailed(fixture.sender, second);
      fixture.expectSent(third);
      fixture.expectArrived(third);
      fixture.ask(first);
      assertEquals(reason, fixture.expectFailed(fixture.receiver, first));
    }
  }

  /** A worker computes longer than the deadline before it has anything to send. */
  @ParameterizedTest
  @EnumSource
  void aReceiverWaitsWhileTheNodeMakesProgress(Local local) {
    Progress progress = new Progress();
    try (TransportFixture fixture =
        new TransportFixture(TransportFixture.settings(local, ""), progress)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.receive(tensor);
      fixture.await(counters -> counters.open().receives() == 1);
      for (int i = 0; i < 5; i++) {
        progress.made();
        fixture.passDeadline();
        // The deadlines are checked by now, since the report is answered in a later round.
        assertEquals(1, fixture.report().open().receives());
        assertEquals(1, fixture.report().open().receives());
      }
      fixture.send(tensor);
      fixture.expectSent(tensor);
      fixture.expectArrived(tensor);
    }
  }
}

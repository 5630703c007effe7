package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that come twice or late are answered, each with one reply that names its tensor. */
class ReorderedRequestsTest {
  @Test
  void aSendThatIsUnderWayIsNotStartedAgain() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.send(tensor);
      fixture.await(counters -> counters.open().sends() == 1);
      fixture.send(tensor);
      assertEquals(
          "transfer=0.0.1 is under way already", fixture.expectFailed(fixture.sender, tensor));
      fixture.receive(tensor);
      fixture.expectSent(tensor);
      fixture.expectArrived(tensor);
    }
  }

  @ParameterizedTest
  @EnumSource
  void requestsThatComeAgainAfterTheirAnswerFindNoBuffer(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.receive(tensor);
      fixture.send(tensor);
      fixture.expectSent(tensor);
      fixture.expectArrived(tensor);
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      assertEquals("no source was lent for it", fixture.expectFailed(fixture.sender, tensor));
      assertEquals(
          "no destination was lent for it", fixture.expectFailed(fixture.receiver, tensor));
      fixture.expectRoundtrip(600_000);
    }
  }

  @Test
  void aSenderThatComesAfterItsReceiverGaveUpFails() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = giveUpReceiver(fixture);
      fixture.send(tensor);
      assertEquals(
          "the receiver of blocks.0.experts.1 weights has given up",
          fixture.expectFailed(fixture.sender, tensor));
      fixture.expectRoundtrip(16);
    }
  }

  /** Through the log its bytes are read and thrown away. */
  @Test
  void aTensorThatComesAfterItsReceiverGaveUpBlocksNoOther() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      TensorRef tensor = giveUpReceiver(fixture);
      fixture.send(tensor);
      fixture.expectSent(tensor);
      fixture.expectRoundtrip(600_000);
      assertEquals(0, fixture.report().open().bytesInFlight());
    }
  }

  private static TensorRef giveUpReceiver(TransportFixture fixture) {
    TensorRef tensor = fixture.tensor(16);
    fixture.receive(tensor);
    fixture.await(counters -> counters.open().receives() == 1);
    fixture.passDeadline();
    fixture.passDeadline();
    fixture.expectFailed(fixture.receiver, tensor);
    return tensor;
  }
}

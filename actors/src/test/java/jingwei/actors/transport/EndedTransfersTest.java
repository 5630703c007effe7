package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EndedTransfersTest {
  private final EndedTransfers ended = new EndedTransfers();
  private final TransferNumbers numbers = new TransferNumbers(2, 0);

  @Test
  void tellsArrivedFromFailed() {
    TransferId arrived = numbers.next();
    TransferId failed = numbers.next();
    TransferId open = numbers.next();
    ended.hasArrived(arrived);
    ended.hasFailed(failed, "the reason");
    assertTrue(ended.isArrived(arrived) && !ended.isFailed(arrived));
    assertTrue(ended.isFailed(failed) && !ended.isArrived(failed));
    assertFalse(ended.isArrived(open) || ended.isFailed(open));
    assertEquals("it has arrived already", ended.refusal(arrived));
    assertEquals("the reason", ended.refusal(failed));
    assertNull(ended.refusal(open));
  }

  @Test
  void transfersOfOtherNodesAndActorsAreOthers() {
    ended.hasArrived(new TransferId(2, 0, 1));
    assertFalse(ended.isArrived(new TransferId(1, 0, 1)));
    assertFalse(ended.isArrived(new TransferId(2, 1, 1)));
    assertTrue(ended.isArrived(new TransferId(2, 0, 1)));
  }

  @Test
  void forgetsTheOldest() {
    TransferId first = numbers.next();
    ended.hasArrived(first);
    for (int i = 1; i < EndedTransfers.REMEMBERED; i++) {
      ended.hasArrived(numbers.next());
    }
    assertTrue(ended.isArrived(first));
    TransferId last = numbers.next();
    ended.hasFailed(last, "the reason");
    assertFalse(ended.isArrived(first));
    assertTrue(ended.isArrived(new TransferId(2, 0, 2)) && ended.isFailed(last));
  }
}

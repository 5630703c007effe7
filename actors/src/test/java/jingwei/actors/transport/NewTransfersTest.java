package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.actors.step.Incarnation;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.step.Strays;
import jingwei.model.memory.ElementType;
import org.junit.jupiter.api.Test;

class NewTransfersTest {
  private final Strays strays = new Strays();
  private final NewTransfers transfers = new NewTransfers(new Incarnation(5, strays));

  @Test
  void takesEachTransferOfEachActorOnce() {
    for (int node = 0; node < 3; node++) {
      for (int actor = 4; actor >= 0; actor--) {
        assertTrue(transfers.isNew(tensor(5, node, actor, 1)));
        assertTrue(transfers.isNew(tensor(5, node, actor, 7)));
      }
    }
    assertEquals(StrayCounts.NONE, strays.counts());
    assertFalse(transfers.isNew(tensor(5, 2, 3, 7)));
    assertFalse(transfers.isNew(tensor(5, 0, 4, 7)));
    assertEquals(new StrayCounts(0, 0, 2), strays.counts());
    assertFalse(transfers.isNew(tensor(5, 2, 3, 6)));
    assertEquals(new StrayCounts(0, 1, 2), strays.counts());
    assertTrue(transfers.isNew(tensor(5, 2, 3, 8)));
  }

  @Test
  void forgetsTransfersOfOtherIncarnations() {
    assertFalse(transfers.isNew(tensor(4, 1, 1, 9)));
    assertTrue(transfers.isNew(tensor(5, 1, 1, 9)));
    assertEquals(new StrayCounts(1, 0, 0), strays.counts());
  }

  /** The numbers come from other nodes; they are no sizes. */
  @Test
  void takesNumbersOfNodesAndActorsOfAnySize() {
    int[] numbers = {Integer.MIN_VALUE, -1, Integer.MAX_VALUE - 8, Integer.MAX_VALUE};
    for (int time = 0; time < 2; time++) {
      for (int node : numbers) {
        for (int actor : numbers) {
          assertEquals(time == 0, transfers.isNew(tensor(5, node, actor, 1)));
        }
      }
    }
    assertEquals(new StrayCounts(0, 0, 16), strays.counts());
  }

  private static TensorRef tensor(long incarnation, int node, int actor, long sequence) {
    return new TensorRef(
        new TransferId(node, actor, sequence), incarnation, "weights", 1, 4, ElementType.FLOAT32);
  }
}

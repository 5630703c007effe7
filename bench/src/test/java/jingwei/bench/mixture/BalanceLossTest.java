package jingwei.bench.mixture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.Test;

class BalanceLossTest {
  @Test
  void isItsFactorIfAllExpertsAreChosenAlike() {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      BalanceLoss balance = new BalanceLoss(0.05, 3, 2);
      balance.add(new int[] {0, 1, 5, 4}, probabilities(memory, 0.5, 0.5, 0.5, 0.5));
      assertEquals(0.05, balance.loss(), 1e-12);
    }
  }

  /** Domain 0: f = (1, 0), P = (0.7, 0.3); domain 2: f = (1/2, 1/2), P = (0.5, 0.5). */
  @Test
  void isTheMeanOverTheDomainsThatArePresent() {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      BalanceLoss balance = new BalanceLoss(0.1, 3, 2);
      balance.add(new int[] {0, 4}, probabilities(memory, 0.8, 0.9));
      balance.add(new int[] {0, 5}, probabilities(memory, 0.6, 0.1));
      assertEquals(0.1 * (2 * 0.7 + 1) / 2, balance.loss(), 1e-12);
      assertEquals(0.1 / 2 * 2 * 1 / 2, balance.slope(0), 1e-12);
      assertEquals(0, balance.slope(1), 1e-12);
      assertEquals(0.1 / 2 * 2 * 0.5 / 2, balance.slope(4), 1e-12);
      assertEquals(0, balance.slope(2), "a domain without tokens");
      balance.clear();
      assertEquals(0, balance.loss());
    }
  }

  /** Two experts a domain; the first one has these probabilities. */
  private static Matrix probabilities(NativeMemory memory, double... first) {
    Matrix all = memory.matrix(ElementType.FLOAT64, first.length, 2);
    for (int token = 0; token < first.length; token++) {
      all.set(token, 0, first[token]);
      all.set(token, 1, 1 - first[token]);
    }
    return all;
  }
}

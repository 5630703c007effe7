package jingwei.bench.ecss;

import jingwei.cluster.session.MachineMemory;
import jingwei.model.UserException;

/** The memory that the ladder needs. */
final class LadderMemory {
  /** The rung that needs the most: E4, with two versions of the weights of all experts. */
  private static final long BYTES = 16L << 30;

  private LadderMemory() {}

  /**
   * @throws UserException if the machine has too little memory for the largest rung
   */
  static void requireEnough() {
    refuseLessThan(BYTES, MachineMemory.availableBytes());
  }

  static void refuseLessThan(long needed, long available) {
    if (available < needed) {
      throw new UserException(
          "The ladder needs %,d bytes of memory, and the machine has %,d bytes available; close other programs or use a larger machine."
              .formatted(needed, available));
    }
  }
}

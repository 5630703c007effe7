package jingwei.bench.ecss;

import java.util.HashMap;
import java.util.Map;

/**
 * The fewest transfers with which a device can compute a step, by search over all sets of experts
 * in its slots after each pass.
 *
 * <p>Counted are fetches of weights, fetches of partial gradients, and partial gradients that are
 * sent. Each expert's first fetch counts; its complete gradient, which every device must send once,
 * does not. The rules are the device's: an expert computes only in a slot; an expert that has
 * computed a backward and is evicted before its last use sends its partial gradient, and fetches it
 * again with its weights. Experts of one pass may compute in any order, so those in slots come
 * first.
 */
final class EvictionOptimum {
  private final UseTrace trace;
  private final int slots;

  private EvictionOptimum(UseTrace trace, int slots) {
    this.trace = trace;
    this.slots = slots;
  }

  static int transfers(UseTrace trace, int slots) {
    EvictionOptimum optimum = new EvictionOptimum(trace, slots);
    Map<Integer, Integer> costs = Map.of(0, 0);
    for (int pass = 0; pass < trace.passes().size(); pass++) {
      costs = optimum.after(pass, costs);
    }
    return costs.values().stream().mapToInt(Integer::intValue).min().orElseThrow();
  }

  /**
   * @param before the fewest transfers that lead to each set of experts in slots
   * @return the same after the pass
   */
  private Map<Integer, Integer> after(int pass, Map<Integer, Integer> before) {
    int active = trace.passes().get(pass).experts();
    int partialBefore = trace.partialBefore(pass);
    int partialAfter = trace.partialBefore(pass + 1);
    int usedLater = trace.usedFrom(pass + 1);
    Map<Integer, Integer> after = new HashMap<>();
    before.forEach(
        (inSlots, cost) -> {
          int fetched = active & ~inSlots;
          int withFetches =
              cost + Integer.bitCount(fetched) + Integer.bitCount(fetched & partialBefore);
          int mayStay = (inSlots | active) & usedLater;
          int most = Math.min(slots, Integer.bitCount(mayStay));
          for (int size = Math.max(0, most - 1); size <= most; size++) {
            for (int stay : subsets(mayStay, size)) {
              boolean passesThrough = (fetched & ~stay) != 0;
              if (!passesThrough || Integer.bitCount(stay & inSlots) < slots) {
                int sent = Integer.bitCount(mayStay & ~stay & partialAfter);
                after.merge(stay, withFetches + sent, Math::min);
              }
            }
          }
        });
    return after;
  }

  /** All subsets of this size (Gosper's enumeration). */
  private static int[] subsets(int of, int size) {
    int elements = Integer.bitCount(of);
    if (size == 0) {
      return new int[] {0};
    }
    int count = 1;
    for (int i = 0; i < size; i++) {
      count = count * (elements - i) / (i + 1);
    }
    int[] subsets = new int[count];
    int bits = (1 << size) - 1;
    for (int i = 0; i < count; i++) {
      subsets[i] = Integer.expand(bits, of);
      int lowest = bits & -bits;
      int next = bits + lowest;
      bits = next | (((bits ^ next) >> 2) / lowest);
    }
    return subsets;
  }
}

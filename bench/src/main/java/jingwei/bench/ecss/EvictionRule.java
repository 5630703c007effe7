package jingwei.bench.ecss;

import java.util.ArrayList;
import java.util.List;

/**
 * Rules that evict only when an expert needs a slot, for comparison. Counts as the optimum does.
 */
enum EvictionRule {
  /** The expert leaves that has computed least recently. */
  LEAST_RECENTLY_USED,
  /** The expert leaves that is needed last (Belady), with or without a partial gradient. */
  NEEDED_LAST;

  int transfers(UseTrace trace, int slots) {
    List<Integer> inSlots = new ArrayList<>(); // the least recently used comes first
    int transfers = 0;
    for (int pass = 0; pass < trace.passes().size(); pass++) {
      int partialBefore = trace.partialBefore(pass);
      int partialAfter = trace.partialBefore(pass + 1);
      int done = 0;
      for (int expert : inOrder(trace, pass, inSlots)) {
        if (!inSlots.remove(Integer.valueOf(expert))) {
          if (inSlots.size() == slots) {
            int victim = victim(trace, pass, done, inSlots);
            inSlots.remove(Integer.valueOf(victim));
            int partial = (done >> victim & 1) != 0 ? partialAfter : partialBefore;
            transfers += partial >> victim & 1;
          }
          transfers += 1 + (partialBefore >> expert & 1);
        }
        done |= 1 << expert;
        if (trace.nextUse(expert, pass + 1) < trace.passes().size()) {
          inSlots.add(expert);
        }
      }
    }
    return transfers;
  }

  /** The experts of a pass, those in slots first. */
  private static List<Integer> inOrder(UseTrace trace, int pass, List<Integer> inSlots) {
    List<Integer> order = new ArrayList<>();
    for (int expert = 0; expert < trace.experts(); expert++) {
      if (trace.uses(pass, expert)) {
        order.add(inSlots.contains(expert) ? 0 : order.size(), expert);
      }
    }
    return order;
  }

  /**
   * @param done experts that have computed in this pass, as bits
   */
  private int victim(UseTrace trace, int pass, int done, List<Integer> inSlots) {
    int victim = inSlots.getFirst();
    if (this == NEEDED_LAST) {
      int last = -1;
      for (int expert : inSlots) {
        int next = trace.nextUse(expert, pass + (done >> expert & 1));
        if (next > last) {
          last = next;
          victim = expert;
        }
      }
    }
    return victim;
  }
}

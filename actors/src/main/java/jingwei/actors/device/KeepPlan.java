package jingwei.actors.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Decides, before a step begins, which experts keep their slot from one use to the next. Pure.
 *
 * <p>The order of uses is known, so the sweep goes through the step position by position. When a
 * slot is missing, the expert leaves whose next use is furthest away (Belady 1966). An expert with
 * a partial gradient costs three transfers instead of one: the gradient is sent and fetched again
 * beside the weights. So its distance counts for a third. The uses of one position may come in any
 * order: experts in slots come first, those that stay come last.
 *
 * <p>A prefetch may only take slots that this plan gives up. Otherwise the slots would always hold
 * the experts that are needed next, and every expert would be fetched for every use (Cao, Felten,
 * Karlin, Li 1995).
 */
final class KeepPlan {
  /** Transfers that an eviction with a partial gradient costs; one without costs one. */
  private static final long DIRTY_TRANSFERS = 3;

  private final TreeSet<Holder> clean = new TreeSet<>(KeepPlan::byNextUse);
  private final TreeSet<Holder> dirty = new TreeSet<>(KeepPlan::byNextUse);
  private final Map<Integer, boolean[]> kept = new HashMap<>();

  /** One use of an expert. */
  private record Use(Holder by, long position, int index) {}

  /** An expert, and its progress in the sweep. */
  private static final class Holder {
    private final int owner;
    private final long[] uses;
    private int used;
    private boolean hasSlot;

    Holder(int owner, long[] uses) {
      this.owner = owner;
      this.uses = uses;
    }

    long nextUse() {
      return uses[used];
    }

    boolean isOver() {
      return used == uses.length;
    }
  }

  private KeepPlan() {}

  /**
   * Plans one step.
   *
   * @param uses positions of the products of each expert, by owner; in a training step, forward and
   *     backward alternate
   * @return for each owner and each of its uses, whether it keeps its slot until the next use;
   *     empty if all experts fit
   */
  static Map<Integer, boolean[]> of(Map<Integer, long[]> uses, int slots, boolean isTraining) {
    KeepPlan plan = new KeepPlan();
    if (uses.size() > slots) {
      plan.sweep(uses, slots, isTraining);
    }
    return plan.kept;
  }

  private void sweep(Map<Integer, long[]> uses, int slots, boolean isTraining) {
    List<Use> order = new ArrayList<>();
    uses.forEach(
        (owner, positions) -> {
          kept.put(owner, new boolean[positions.length]);
          Holder holder = new Holder(owner, positions);
          for (int i = 0; i < positions.length; i++) {
            order.add(new Use(holder, positions[i], i));
          }
        });
    order.sort(Comparator.comparingLong(Use::position).thenComparingInt(use -> use.by.owner));
    int from = 0;
    while (from < order.size()) {
      int to = from;
      while (to < order.size() && order.get(to).position == order.get(from).position) {
        to++;
      }
      List<Use> together = order.subList(from, to);
      List<Use> absent =
          together.stream()
              .filter(use -> !use.by.hasSlot)
              .sorted(
                  Comparator.comparingDouble((Use use) -> worthAfter(use, isTraining)).reversed())
              .toList();
      for (Use use : together) {
        if (use.by.hasSlot) {
          setOf(use.by, isTraining).remove(use.by);
          kept.get(use.by.owner)[use.index - 1] = true;
          use(use.by, isTraining);
        }
      }
      for (Use use : absent) {
        if (clean.size() + dirty.size() == slots) {
          giveUp(use.position);
        }
        use(use.by, isTraining);
      }
      from = to;
    }
  }

  /** An expert computes; afterwards it is in its slot, unless its last use is done. */
  private void use(Holder holder, boolean isTraining) {
    holder.used++;
    holder.hasSlot = !holder.isOver();
    if (holder.hasSlot) {
      setOf(holder, isTraining).add(holder);
    }
  }

  /**
   * How far away the next use is after this one, for each transfer that an eviction costs. The
   * experts that come last into a position find a slot that nobody takes from them there.
   */
  private static double worthAfter(Use use, boolean isTraining) {
    int next = use.index + 1;
    if (next == use.by.uses.length) {
      return Double.POSITIVE_INFINITY;
    }
    boolean isDirty = isTraining && next >= 2;
    return (double) (use.by.uses[next] - use.position) / (isDirty ? DIRTY_TRANSFERS : 1);
  }

  private void giveUp(long now) {
    Holder victim = clean.isEmpty() ? dirty.last() : clean.last();
    if (!dirty.isEmpty()
        && dirty.last().nextUse() - now > DIRTY_TRANSFERS * (victim.nextUse() - now)) {
      victim = dirty.last();
    }
    clean.remove(victim);
    dirty.remove(victim);
    victim.hasSlot = false;
  }

  /** It has a partial gradient after its first backward, which is its second use. */
  private SortedSet<Holder> setOf(Holder holder, boolean isTraining) {
    return isTraining && holder.used >= 2 ? dirty : clean;
  }

  private static int byNextUse(Holder a, Holder b) {
    int order = Long.compare(a.nextUse(), b.nextUse());
    return order != 0 ? order : Integer.compare(a.owner, b.owner);
  }
}

package jingwei.actors.device;

import java.util.Iterator;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The sorted residencies that a decision may concern, and the free slots. A change costs O(log n).
 * A residency is taken out before its sort key changes, and put back afterwards.
 */
final class ResidencyQueues {
  /** A victim with a partial gradient must be needed this many uses later than one without. */
  private static final long DIRTY_COST_USES = 4;

  /** The queue of a residency. */
  enum Queue {
    /** No decision concerns it now. */
    NONE,
    /** Its expert has work, and its weights may be fetched. */
    NEEDED,
    /** Its weights may be prefetched. */
    FORESEEN,
    /** It may be evicted first: the plan gives up its slot before its next use. */
    GIVEN_UP,
    /** It may be evicted; it has not computed since it came into its slot. */
    UNUSED,
    /** It may be evicted last: the plan keeps it in its slot. */
    KEPT,
    /** It is on its way into a slot. */
    COMING,
    /** It is about to leave its slot. */
    EMPTYING;

    boolean isWanted() {
      return this == NEEDED || this == FORESEEN;
    }
  }

  private final TreeSet<Residency> needed = new TreeSet<>(ResidencyQueues::byNextUse);
  private final TreeSet<Residency> foreseen = new TreeSet<>(ResidencyQueues::byNextUse);
  private final TreeSet<Residency> givenUp = new TreeSet<>(ResidencyQueues::byEviction);
  private final TreeSet<Residency> unused = new TreeSet<>(ResidencyQueues::byEviction);
  private final TreeSet<Residency> kept = new TreeSet<>(ResidencyQueues::byEviction);
  private final PriorityQueue<Integer> freeSlots = new PriorityQueue<>();
  private int emptying;
  private int coming;

  ResidencyQueues(int slots) {
    for (int slot = 0; slot < slots; slot++) {
      freeSlots.add(slot);
    }
  }

  void put(Residency residency, Queue queue) {
    residency.setQueue(queue);
    switch (queue) {
      case NEEDED -> needed.add(residency);
      case FORESEEN -> foreseen.add(residency);
      case GIVEN_UP -> givenUp.add(residency);
      case UNUSED -> unused.add(residency);
      case KEPT -> kept.add(residency);
      case COMING -> coming++;
      case EMPTYING -> emptying++;
      case NONE -> {}
    }
  }

  void takeOut(Residency residency) {
    switch (residency.queue()) {
      case NEEDED -> needed.remove(residency);
      case FORESEEN -> foreseen.remove(residency);
      case GIVEN_UP -> givenUp.remove(residency);
      case UNUSED -> unused.remove(residency);
      case KEPT -> kept.remove(residency);
      case COMING -> coming--;
      case EMPTYING -> emptying--;
      case NONE -> {}
    }
    residency.setQueue(Queue.NONE);
  }

  /** The most urgent residency that waits for a slot; null if none does. */
  Residency firstWanted() {
    return needed.isEmpty() ? foreseen.isEmpty() ? null : foreseen.first() : needed.first();
  }

  int numNeeded() {
    return needed.size();
  }

  int numForeseen() {
    return foreseen.size();
  }

  /** Residencies to prefetch, the most urgent first. */
  Iterator<Residency> foreseen() {
    return foreseen.iterator();
  }

  /** How many slots are about to become free. */
  int emptying() {
    return emptying;
  }

  /** Whether some slot is about to become free or to be used. */
  boolean isMoving() {
    return emptying + coming > 0;
  }

  /** Of the residencies that the plan gives up, the one that is needed last; null for none. */
  Residency lastGivenUp() {
    return givenUp.isEmpty() ? null : givenUp.first();
  }

  /** Of the residencies that have not computed in their slots, the one that is needed last. */
  Residency lastUnused() {
    return unused.isEmpty() ? null : unused.first();
  }

  /** Of the residencies that the plan keeps, the one that is needed last; null for none. */
  Residency lastKept() {
    return kept.isEmpty() ? null : kept.first();
  }

  /** Of all others in slots, the one that is needed last; null for none. */
  Residency lastOfOthers() {
    Residency first = lastUnused();
    Residency second = lastKept();
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    return worthOfEviction(first) >= worthOfEviction(second) ? first : second;
  }

  /** Whether an expert in a slot computes before this residency in the same step. */
  boolean computesBefore(Residency residency) {
    return computesBefore(unused, residency) || computesBefore(kept, residency);
  }

  private static boolean computesBefore(SortedSet<Residency> inSlots, Residency residency) {
    if (inSlots.isEmpty()) {
      return false;
    }
    Residency soonest = inSlots.last();
    return soonest.key().step() == residency.key().step()
        && soonest.nextUse() <= residency.nextUse();
  }

  int numFreeSlots() {
    return freeSlots.size();
  }

  /** Takes the lowest free slot. */
  int takeSlot() {
    return freeSlots.remove();
  }

  void giveBackSlot(int slot) {
    freeSlots.add(slot);
  }

  /** Of the same position, those that stay come last: the others first pass through their slots. */
  private static int byNextUse(Residency a, Residency b) {
    int order = Long.compare(a.nextUse(), b.nextUse());
    order = order != 0 ? order : Boolean.compare(a.staysAfterNext(), b.staysAfterNext());
    return order != 0 ? order : Long.compare(a.sequence(), b.sequence());
  }

  /** The one that is needed last comes first. */
  private static int byEviction(Residency a, Residency b) {
    int order = Long.compare(b.nextUse(), a.nextUse());
    return order != 0 ? order : Long.compare(a.sequence(), b.sequence());
  }

  /** Position of the next use, less the cost of sending a partial gradient if there is one. */
  static long worthOfEviction(Residency residency) {
    return residency.nextUse() - (residency.isDirty() ? DIRTY_COST_USES : 0);
  }
}

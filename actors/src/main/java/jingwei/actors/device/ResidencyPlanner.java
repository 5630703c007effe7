package jingwei.actors.device;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.device.Residency.State;
import jingwei.actors.device.ResidencyQueues.Queue;
import jingwei.model.step.StepRules;

/**
 * Decides which expert is fetched into which slot and which one is evicted. Pure: no clock, no
 * message. Events are its input, actions its output.
 *
 * <p>The future is known: the route plans of the steps in the window say which expert computes
 * when. So the planner first fetches the expert that is needed soonest. {@link KeepPlan} says which
 * experts keep their slots between two uses; the others are evicted first, and a prefetch takes no
 * slot that the plan keeps. An expert that has work takes one only if nothing else would go on:
 * then the one leaves that is needed last. A partial gradient must be sent before its slot is free,
 * so such an expert counts as needed a few uses sooner.
 *
 * <p>An event costs O(log n), a decision O(log n) for each of its actions.
 */
final class ResidencyPlanner {
  /** Most slots that are emptied at once for prefetches. */
  private static final int PREFETCH_EVICTIONS = 2;

  private final int slots;
  private final int lookahead;
  private final ReadableVersions versions;
  private final ResidencyQueues queues;
  private final Factory factory;

  /** Residencies that are not over, by owner, of the steps that are not closed. */
  private final TreeMap<Long, Map<Integer, Residency>> steps = new TreeMap<>();

  private long prefetchUntilStep = Long.MIN_VALUE;
  private long planned;
  private long decisions;

  /** Creates residencies; a test counts the accesses to them. */
  interface Factory {
    Residency create(ResidencyKey key, long[] uses, long sequence);
  }

  /**
   * @param slots of the device
   * @param lookahead batches after the one being computed whose experts may be prefetched; 0 to
   *     prefetch nothing
   */
  ResidencyPlanner(int slots, int lookahead, StepRules rules) {
    this(slots, lookahead, rules, Residency::new);
  }

  ResidencyPlanner(int slots, int lookahead, StepRules rules, Factory factory) {
    this.slots = slots;
    this.lookahead = lookahead;
    this.versions = new ReadableVersions(rules);
    this.queues = new ResidencyQueues(slots);
    this.factory = factory;
  }

  /**
   * A step entered the window.
   *
   * @param uses positions of the products of each of its experts, by owner
   * @param elsewhere experts that only other devices use in this step; the step makes a new version
   *     of their weights, too
   */
  void plan(long step, Map<Integer, long[]> uses, List<Integer> elsewhere) {
    Map<Integer, Residency> residencies = new LinkedHashMap<>();
    Map<Integer, boolean[]> kept = KeepPlan.of(uses, slots, step > 0);
    steps.put(step, residencies);
    moveWindow();
    uses.forEach(
        (owner, positions) -> {
          ResidencyKey key = new ResidencyKey(owner, step);
          versions.plan(key);
          Residency residency = factory.create(key, positions, planned++);
          if (kept.containsKey(owner)) {
            residency.setKept(kept.get(owner));
          }
          residencies.put(owner, residency);
          steps.tailMap(step).values().forEach(later -> requeue(later.get(owner)));
        });
    for (int owner : elsewhere) {
      versions.plan(new ResidencyKey(owner, step));
      steps.tailMap(step).values().forEach(later -> requeue(later.get(owner)));
    }
  }

  /**
   * The update of a step is in the store, or the step was refused; returns false if this was not
   * expected.
   */
  boolean applied(ResidencyKey key) {
    boolean isAwaited = versions.applied(key);
    steps.values().forEach(residencies -> requeue(residencies.get(key.owner())));
    return isAwaited;
  }

  /** The last step before this one whose update of the expert is still to come; 0 for none. */
  long unappliedBefore(ResidencyKey key) {
    return versions.unappliedBefore(key);
  }

  /** Whether a step was planned and is not closed. */
  boolean isOpen(long step) {
    return steps.containsKey(step);
  }

  /** Residencies of an open step that are not over. */
  int numLeft(long step) {
    return steps.get(step).size();
  }

  /**
   * A step is over for all actors.
   *
   * @throws IllegalStateException if a residency of it is not over
   */
  void close(long step) {
    Map<Integer, Residency> left = steps.remove(step);
    if (!left.isEmpty()) {
      throw new IllegalStateException("step=%d is closed before %s".formatted(step, left.values()));
    }
    moveWindow();
  }

  /** The window begins at the oldest step that is open. */
  private void moveWindow() {
    long before = prefetchUntilStep;
    prefetchUntilStep =
        lookahead == 0 || steps.isEmpty() ? Long.MIN_VALUE : steps.firstKey() + lookahead;
    steps
        .subMap(
            Math.min(before, prefetchUntilStep), false, Math.max(before, prefetchUntilStep), true)
        .values()
        .forEach(residencies -> residencies.values().forEach(this::requeue));
  }

  /**
   * @return null if it was not planned or is over
   */
  Residency find(ResidencyKey key) {
    Map<Integer, Residency> residencies = steps.get(key.step());
    return residencies == null ? null : residencies.get(key.owner());
  }

  List<Residency> residencies() {
    return steps.values().stream().flatMap(of -> of.values().stream()).toList();
  }

  int freeSlots() {
    return queues.numFreeSlots();
  }

  /** An expert has work and no lease. */
  void need(Residency residency) {
    residency.waitFor(waitOf(residency));
    change(residency, () -> residency.setNeeded(true));
  }

  /** An expert has done one product; returns whether another one may get its slot now. */
  boolean use(Residency residency, boolean isBackward) {
    change(residency, () -> residency.use(isBackward));
    return queues.numNeeded() > 0
        || (residency.queue() == Queue.GIVEN_UP && queues.numForeseen() > 0);
  }

  /** Everything that was fetched for a residency is in its slot, which is leased to the expert. */
  void arrive(Residency residency) {
    change(
        residency,
        () -> {
          residency.setNeeded(false);
          residency.become(State.RESIDENT);
        });
  }

  /** The lease was given back, and a gradient is on its way out of the slot. */
  void leave(Residency residency) {
    change(residency, () -> residency.become(State.LEAVING));
  }

  /** The slot of a residency is empty; the residency itself continues, or is over. */
  void vacate(Residency residency, boolean isOver) {
    queues.giveBackSlot(residency.slot());
    change(residency, () -> residency.vacate(isOver));
    if (isOver) {
      steps.get(residency.key().step()).remove(residency.key().owner());
    }
  }

  /** The reason why an expert with work has to wait now. */
  private ExpertWait waitOf(Residency residency) {
    if (residency.isRefetched()) {
      return ExpertWait.EVICTED;
    }
    return waitsForVersion(residency) ? ExpertWait.VERSION : ExpertWait.BYTES;
  }

  /**
   * True if an expert waits for the optimizer to produce the version, not for the transfer: the
   * version does not exist yet, or was fetched at once after the last step that it may read
   * produced it.
   */
  boolean waitsForVersion(Residency residency) {
    ResidencyKey key = residency.key();
    if (!versions.readsAnUpdate(key)) {
      return false;
    }
    boolean wasFetchedAtOnce = lookahead > 0 && !residency.hasLackedSlot(decisions);
    return !versions.isReady(key) || (versions.wasJustMade(key) && wasFetchedAtOnce);
  }

  /** All actions that are possible now. */
  List<SlotAction> decide() {
    List<SlotAction> actions = new ArrayList<>();
    while (queues.numFreeSlots() > 0 && queues.firstWanted() != null) {
      actions.add(fetch(queues.firstWanted()));
    }
    evictForNeeded(actions);
    decisions++;
    return actions;
  }

  private SlotAction fetch(Residency residency) {
    ResidencyKey key = residency.key();
    int slot = queues.takeSlot();
    long asOf = residency.wasFetched() ? residency.readAsOf() : versions.newest(key);
    change(residency, () -> residency.fetch(slot, asOf));
    return new SlotAction.Fetch(key, slot, asOf, residency.startedBits() != 0);
  }

  /**
   * Slots that are about to become free go to the first residencies in the queue. Each of the
   * others needs a victim. Only residencies that get an action are looked at.
   */
  private void evictForNeeded(List<SlotAction> actions) {
    int emptying = queues.emptying();
    int needed = queues.numNeeded();
    for (int i = emptying; i < needed; i++) {
      Residency victim = victimFor(queues.firstWanted());
      if (victim == null) {
        return;
      }
      actions.add(revoke(victim));
    }
    int served = Math.min(queues.numForeseen(), Math.max(0, emptying - needed));
    evictForForeseen(served, actions);
  }

  /**
   * The residency that leaves for one whose expert has work; null to wait. An expert that computes
   * first in the same step needs nothing of the others, and a slot that moves will be used. After
   * either, there is another decision.
   */
  private Residency victimFor(Residency firstNeeded) {
    Residency givenUp = queues.lastGivenUp();
    if (givenUp != null) {
      return givenUp;
    }
    if (!queues.isMoving() && !queues.computesBefore(firstNeeded)) {
      return queues.lastOfOthers();
    }
    Residency unused = queues.lastUnused();
    return unused != null && unused.nextUse() > firstNeeded.nextUse() ? unused : null;
  }

  /**
   * @param served how many of the first residencies to prefetch have a slot that becomes free
   */
  private void evictForForeseen(int served, List<SlotAction> actions) {
    Iterator<Residency> foreseen = queues.foreseen();
    for (int i = 0; i < PREFETCH_EVICTIONS && foreseen.hasNext(); i++) {
      Residency next = foreseen.next();
      if (i >= served) {
        Residency victim = victimForPrefetch(next);
        if (victim == null) {
          return;
        }
        actions.add(revoke(victim));
      }
    }
  }

  /** The residency that leaves for one to prefetch, if it is needed later; null for none. */
  private Residency victimForPrefetch(Residency next) {
    Residency givenUp = queues.lastGivenUp();
    if (givenUp != null && next.nextUse() < givenUp.nextUse()) {
      return givenUp;
    }
    Residency unused = queues.lastUnused();
    boolean pays = unused != null && next.nextUse() < ResidencyQueues.worthOfEviction(unused);
    return pays ? unused : null;
  }

  private SlotAction revoke(Residency victim) {
    change(victim, () -> victim.become(State.REVOKED));
    return new SlotAction.Revoke(victim.key());
  }

  private void requeue(Residency residency) {
    if (residency != null) {
      change(residency, () -> {});
    }
  }

  /** Changes a residency, then moves it to the queue where it now belongs. */
  private void change(Residency residency, Runnable change) {
    boolean wasWanted = residency.queue().isWanted();
    queues.takeOut(residency);
    change.run();
    Queue queue = queueOf(residency);
    if (queue.isWanted() && !wasWanted) {
      residency.beginWanting(decisions);
    } else if (wasWanted && !queue.isWanted()) {
      residency.endWanting(decisions);
    }
    queues.put(residency, queue);
  }

  private Queue queueOf(Residency residency) {
    return switch (residency.state()) {
      case ABSENT -> {
        if (!versions.isReady(residency.key())) {
          yield Queue.NONE;
        }
        yield residency.isNeeded()
            ? Queue.NEEDED
            : mayPrefetch(residency) ? Queue.FORESEEN : Queue.NONE;
      }
      case COMING -> Queue.COMING;
      case RESIDENT ->
          !residency.isUsedInSlot()
              ? Queue.UNUSED
              : residency.isGivenUp() ? Queue.GIVEN_UP : Queue.KEPT;
      case REVOKED, LEAVING -> Queue.EMPTYING;
      case OVER -> Queue.NONE;
    };
  }

  private boolean mayPrefetch(Residency residency) {
    return residency.key().step() <= prefetchUntilStep
        && (residency.wasFetched() || versions.mayPrefetch(residency.key()));
  }

  @Override
  public String toString() {
    return "slots=%d free=%d residencies=%d".formatted(slots, freeSlots(), residencies().size());
  }
}

package jingwei.actors.device;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import jingwei.actors.device.Residency.State;
import jingwei.model.step.StepRules;

/**
 * Decides which expert's bytes come into which slot and whose leave. Pure: no clock, no message; it
 * is told what happened and says what to do next.
 *
 * <p>The future is known: the route plans of the steps in the window say which expert computes
 * when. So what is needed soonest is fetched first, and the slot is taken from whoever is needed
 * last, where a running gradient that has to be sent down counts as some uses more.
 */
final class ResidencyPlanner {
  /** Uses by which a victim with a running gradient must be further away than one without. */
  private static final long DIRTY_COST_USES = 4;

  /** Slots being emptied at once for the sake of prefetching alone. */
  private static final int PREFETCH_EVICTIONS = 2;

  private final int slots;
  private final int lookahead;
  private final StepRules rules;
  private final BitSet free = new BitSet();
  private final Map<ResidencyKey, Residency> stays = new LinkedHashMap<>();
  private final Map<Integer, TreeSet<Long>> unapplied = new HashMap<>();
  private final Map<Integer, Long> lastMade = new HashMap<>();
  private final TreeSet<Long> open = new TreeSet<>();

  /** What to do next. */
  sealed interface Decision {
    /** Bring the bytes into a slot, weights as they were after {@code asOf}. */
    record Fetch(Residency stay, int slot, long asOf) implements Decision {}

    /** Ask the lease back. */
    record Revoke(Residency stay) implements Decision {}
  }

  /**
   * @param slots of the device
   * @param lookahead batches after the one being computed whose experts may be brought ahead; 0 to
   *     bring nothing ahead
   */
  ResidencyPlanner(int slots, int lookahead, StepRules rules) {
    this.slots = slots;
    this.lookahead = lookahead;
    this.rules = rules;
    free.set(0, slots);
  }

  /**
   * A step entered the window.
   *
   * @param uses positions of the products of each of its experts, by owner
   */
  void plan(long step, Map<Integer, long[]> uses) {
    open.add(step);
    uses.forEach(
        (owner, positions) -> {
          ResidencyKey visit = new ResidencyKey(owner, step);
          stays.put(visit, new Residency(visit, positions));
          if (step > 0) {
            unapplied.computeIfAbsent(owner, o -> new TreeSet<>()).add(step);
          }
        });
  }

  /** An update of a step is in the store, or the step was refused. */
  void applied(int owner, long step) {
    TreeSet<Long> steps = unapplied.get(owner);
    if (steps != null && steps.remove(step)) {
      lastMade.put(owner, step);
    }
  }

  /** A step is over for everybody. */
  void close(long step) {
    open.remove(step);
  }

  /** The stay of a visit in the window. */
  Residency stay(ResidencyKey visit) {
    Residency stay = stays.get(visit);
    if (stay == null) {
      throw new IllegalStateException("not in the window: " + visit);
    }
    return stay;
  }

  Collection<Residency> stays() {
    return stays.values();
  }

  int freeSlots() {
    return free.cardinality();
  }

  /** The slot of a stay is empty; the stay itself goes on, or is over. */
  void vacate(Residency stay, boolean isOver) {
    free.set(stay.slot());
    stay.setSlot(-1);
    stay.become(isOver ? State.OVER : State.ABSENT);
    if (isOver) {
      stays.remove(stay.visit());
    }
  }

  /** What a visit waits for that has work now. */
  Residency.Wait waitOf(Residency stay) {
    if (stay.isRefetched()) {
      return Residency.Wait.EVICTED;
    }
    return waitsForVersion(stay) ? Residency.Wait.VERSION : Residency.Wait.BYTES;
  }

  /**
   * True if a visit waits for the optimizer to produce the version, not for the transfer: it is not
   * made yet, or it was only made by the last step that the visit may read, and was fetched at
   * once.
   */
  boolean waitsForVersion(Residency stay) {
    long newest = stay.visit().step() - 1 - rules.mostStale();
    if (stay.visit().step() <= 0 || newest <= 0) {
      return false;
    }
    boolean wasJustMade = lastMade.getOrDefault(stay.visit().owner(), 0L) == newest;
    return !isReady(stay) || (wasJustMade && lookahead > 0 && !stay.hasLackedSlot());
  }

  /** Everything that can be done now. */
  List<Decision> decide() {
    List<Decision> decisions = new ArrayList<>();
    List<Residency> wanted = wanted();
    if (wanted.isEmpty()) {
      return decisions;
    }
    Iterator<Residency> victims = null; // sorted once, and only if a slot has to be taken
    int foreseen = 0; // comers that are only foreseen and for whom a slot is being emptied
    int emptying = 0;
    for (Residency stay : stays.values()) {
      emptying += stay.state() == State.REVOKED || stay.state() == State.LEAVING ? 1 : 0;
    }
    for (Residency stay : wanted) {
      if (!free.isEmpty()) {
        int slot = free.nextSetBit(0);
        free.clear(slot);
        long asOf = stay.wasFetched() ? stay.readAsOf() : newestReadable(stay);
        stay.fetchAsOf(asOf);
        stay.setSlot(slot);
        stay.become(State.COMING);
        decisions.add(new Decision.Fetch(stay, slot, asOf));
      } else if (emptying > 0) {
        emptying--;
        foreseen += stay.isNeeded() ? 0 : 1;
      } else {
        victims = victims == null ? victims() : victims;
        if (!victims.hasNext()) {
          break;
        }
        Residency victim = victims.next();
        if (!isWorth(stay, victim, foreseen)) {
          break;
        }
        victim.become(State.REVOKED);
        decisions.add(new Decision.Revoke(victim));
        foreseen += stay.isNeeded() ? 0 : 1;
      }
    }
    wanted.stream().filter(stay -> stay.state() == State.ABSENT).forEach(Residency::lackSlot);
    return decisions;
  }

  /** Absent stays that may be fetched, the most urgent first. */
  private List<Residency> wanted() {
    return stays.values().stream()
        .filter(stay -> stay.state() == State.ABSENT && isReady(stay))
        .filter(stay -> stay.isNeeded() || mayBeBroughtAhead(stay))
        .sorted(
            Comparator.comparing((Residency stay) -> !stay.isNeeded())
                .thenComparingLong(Residency::nextUse))
        .toList();
  }

  private boolean mayBeBroughtAhead(Residency stay) {
    if (lookahead == 0 || stay.visit().step() > open.first() + lookahead) {
      return false;
    }
    // What may be read stale is not brought stale ahead of need: something newer may come in time.
    return rules.bound() == 0
        || stay.visit().step() <= 0
        || stay.wasFetched()
        || newestReadable(stay) == stay.visit().step() - 1;
  }

  /** Whether the weights that the visit must at least see are made. */
  private boolean isReady(Residency stay) {
    return stay.visit().step() <= 0
        || firstUnapplied(stay.visit().owner()) > stay.visit().step() - 1 - rules.mostStale();
  }

  private long newestReadable(Residency stay) {
    long step = stay.visit().step();
    if (step <= 0) {
      return Long.MAX_VALUE;
    }
    if (rules.bound() == 0) {
      return Math.max(0, step - 1 - rules.delay());
    }
    return Math.min(step - 1, firstUnapplied(stay.visit().owner()) - 1);
  }

  private long firstUnapplied(int owner) {
    TreeSet<Long> steps = unapplied.get(owner);
    return steps == null || steps.isEmpty() ? Long.MAX_VALUE : steps.first();
  }

  /** Resident stays, the one that is needed last first. */
  private Iterator<Residency> victims() {
    return stays.values().stream()
        .filter(stay -> stay.state() == State.RESIDENT)
        .sorted(Comparator.comparingLong(ResidencyPlanner::worthOfLeaving).reversed())
        .iterator();
  }

  private static boolean isWorth(Residency comer, Residency victim, int foreseen) {
    return comer.isNeeded()
        || (foreseen < PREFETCH_EVICTIONS && comer.nextUse() < worthOfLeaving(victim));
  }

  private static long worthOfLeaving(Residency stay) {
    return stay.nextUse() - (stay.isDirty() ? DIRTY_COST_USES : 0);
  }

  @Override
  public String toString() {
    return "slots=%d free=%d stays=%d".formatted(slots, free.cardinality(), stays.size());
  }
}

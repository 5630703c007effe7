package jingwei.actors.device;

import java.util.ArrayList;
import java.util.BitSet;
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
 * What {@link ResidencyPlanner} must decide, written the slow way: each decision walks and sorts
 * all residencies.
 */
final class NaivePlanner {
  private static final long DIRTY_COST_USES = 4;
  private static final int PREFETCH_EVICTIONS = 2;

  private final int lookahead;
  private final StepRules rules;
  private final BitSet free = new BitSet();
  private final Map<ResidencyKey, Stay> stays = new LinkedHashMap<>();
  private final Map<Integer, TreeSet<Long>> unapplied = new HashMap<>();
  private final Map<Integer, Long> lastMade = new HashMap<>();
  private final TreeSet<Long> open = new TreeSet<>();

  /** A residency, as far as decisions depend on it. */
  static final class Stay {
    final ResidencyKey key;
    final long[] uses;
    int used;
    State state = State.ABSENT;
    int slot = -1;
    boolean isNeeded;
    boolean isDirty;
    boolean hasLackedSlot;
    boolean hasPartial;
    int fetches;
    long readAsOf;

    Stay(ResidencyKey key, long[] uses) {
      this.key = key;
      this.uses = uses;
    }

    long nextUse() {
      return uses[Math.min(used, uses.length - 1)];
    }

    long worthOfEviction() {
      return nextUse() - (isDirty ? DIRTY_COST_USES : 0);
    }
  }

  NaivePlanner(int slots, int lookahead, StepRules rules) {
    this.lookahead = lookahead;
    this.rules = rules;
    free.set(0, slots);
  }

  void plan(long step, Map<Integer, long[]> uses) {
    open.add(step);
    uses.forEach(
        (owner, positions) -> {
          ResidencyKey key = new ResidencyKey(owner, step);
          stays.put(key, new Stay(key, positions));
          if (step > 0) {
            unapplied.computeIfAbsent(owner, o -> new TreeSet<>()).add(step);
          }
        });
  }

  void applied(ResidencyKey key) {
    if (unapplied.get(key.owner()).remove(key.step())) {
      lastMade.put(key.owner(), key.step());
    }
  }

  void close(long step) {
    open.remove(step);
  }

  Stay stay(ResidencyKey key) {
    return stays.get(key);
  }

  Iterable<Stay> stays() {
    return stays.values();
  }

  void vacate(Stay stay, boolean isOver) {
    free.set(stay.slot);
    stay.slot = -1;
    stay.state = isOver ? State.OVER : State.ABSENT;
    if (isOver) {
      stays.remove(stay.key);
    }
  }

  ExpertWait waitOf(Stay stay) {
    boolean isRefetched =
        stay.fetches > 1
            || (stay.fetches == 1 && stay.state == State.ABSENT)
            || stay.state == State.LEAVING;
    return isRefetched
        ? ExpertWait.EVICTED
        : waitsForVersion(stay) ? ExpertWait.VERSION : ExpertWait.BYTES;
  }

  private boolean waitsForVersion(Stay stay) {
    long newest = stay.key.step() - 1 - rules.mostStale();
    if (stay.key.step() <= 0 || newest <= 0) {
      return false;
    }
    boolean wasJustMade = lastMade.getOrDefault(stay.key.owner(), 0L) == newest;
    return !isReady(stay) || (wasJustMade && lookahead > 0 && !stay.hasLackedSlot);
  }

  List<SlotAction> decide() {
    List<SlotAction> actions = new ArrayList<>();
    List<Stay> wanted = wanted();
    Iterator<Stay> victims = victims();
    int foreseen = 0;
    int emptying = 0;
    for (Stay stay : stays.values()) {
      emptying += stay.state == State.REVOKED || stay.state == State.LEAVING ? 1 : 0;
    }
    for (Stay stay : wanted) {
      if (!free.isEmpty()) {
        stay.slot = free.nextSetBit(0);
        free.clear(stay.slot);
        stay.readAsOf = stay.fetches > 0 ? stay.readAsOf : newestReadable(stay);
        stay.fetches++;
        stay.state = State.COMING;
        actions.add(new SlotAction.Fetch(stay.key, stay.slot, stay.readAsOf, stay.hasPartial));
      } else if (emptying > 0) {
        emptying--;
        foreseen += stay.isNeeded ? 0 : 1;
      } else {
        Stay victim = victims.hasNext() ? victims.next() : null;
        if (victim == null || !isWorth(stay, victim, foreseen)) {
          break;
        }
        victim.state = State.REVOKED;
        actions.add(new SlotAction.Revoke(victim.key));
        foreseen += stay.isNeeded ? 0 : 1;
      }
    }
    wanted.stream()
        .filter(stay -> stay.state == State.ABSENT)
        .forEach(stay -> stay.hasLackedSlot = true);
    return actions;
  }

  private static boolean isWorth(Stay comer, Stay victim, int foreseen) {
    return comer.isNeeded
        || (foreseen < PREFETCH_EVICTIONS && comer.nextUse() < victim.worthOfEviction());
  }

  private List<Stay> wanted() {
    return stays.values().stream()
        .filter(stay -> stay.state == State.ABSENT && isReady(stay))
        .filter(stay -> stay.isNeeded || mayPrefetch(stay))
        .sorted(Comparator.comparing((Stay stay) -> !stay.isNeeded).thenComparing(Stay::nextUse))
        .toList();
  }

  private Iterator<Stay> victims() {
    return stays.values().stream()
        .filter(stay -> stay.state == State.RESIDENT)
        .sorted(Comparator.comparingLong(Stay::worthOfEviction).reversed())
        .iterator();
  }

  private boolean mayPrefetch(Stay stay) {
    long step = stay.key.step();
    if (lookahead == 0 || step > open.first() + lookahead) {
      return false;
    }
    return rules.bound() == 0 || step <= 0 || stay.fetches > 0 || newestReadable(stay) == step - 1;
  }

  private boolean isReady(Stay stay) {
    return stay.key.step() <= 0
        || firstUnapplied(stay.key.owner()) > stay.key.step() - 1 - rules.mostStale();
  }

  private long newestReadable(Stay stay) {
    long step = stay.key.step();
    if (step <= 0) {
      return Long.MAX_VALUE;
    }
    if (rules.bound() == 0) {
      return Math.max(0, step - 1 - rules.delay());
    }
    return Math.min(step - 1, firstUnapplied(stay.key.owner()) - 1);
  }

  private long firstUnapplied(int owner) {
    TreeSet<Long> steps = unapplied.get(owner);
    return steps == null || steps.isEmpty() ? Long.MAX_VALUE : steps.first();
  }
}

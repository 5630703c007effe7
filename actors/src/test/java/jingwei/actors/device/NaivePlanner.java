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
 * Makes the decisions of {@link ResidencyPlanner} the slow way: each decision sorts all
 * residencies.
 */
final class NaivePlanner {
  private static final long DIRTY_COST_USES = 4;
  private static final int PREFETCH_EVICTIONS = 2;

  private final int lookahead;
  private final StepRules rules;
  private final BitSet free = new BitSet();
  private final Map<ResidencyKey, Entry> entries = new LinkedHashMap<>();
  private final Map<Integer, TreeSet<Long>> unapplied = new HashMap<>();
  private final Map<Integer, Long> lastMade = new HashMap<>();
  private final TreeSet<Long> open = new TreeSet<>();

  /** A residency, as far as decisions depend on it. */
  static final class Entry {
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

    Entry(ResidencyKey key, long[] uses) {
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
          entries.put(key, new Entry(key, positions));
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

  Entry entry(ResidencyKey key) {
    return entries.get(key);
  }

  Iterable<Entry> entries() {
    return entries.values();
  }

  void vacate(Entry entry, boolean isOver) {
    free.set(entry.slot);
    entry.slot = -1;
    entry.state = isOver ? State.OVER : State.ABSENT;
    if (isOver) {
      entries.remove(entry.key);
    }
  }

  ExpertWait waitOf(Entry entry) {
    boolean isRefetched =
        entry.fetches > 1
            || (entry.fetches == 1 && entry.state == State.ABSENT)
            || entry.state == State.LEAVING;
    return isRefetched
        ? ExpertWait.EVICTED
        : waitsForVersion(entry) ? ExpertWait.VERSION : ExpertWait.BYTES;
  }

  private boolean waitsForVersion(Entry entry) {
    long newest = entry.key.step() - 1 - rules.mostStale();
    if (entry.key.step() <= 0 || newest <= 0) {
      return false;
    }
    boolean wasJustMade = lastMade.getOrDefault(entry.key.owner(), 0L) == newest;
    return !isReady(entry) || (wasJustMade && lookahead > 0 && !entry.hasLackedSlot);
  }

  List<SlotAction> decide() {
    List<SlotAction> actions = new ArrayList<>();
    List<Entry> wanted = wanted();
    Iterator<Entry> victims = victims();
    int foreseen = 0;
    int emptying = 0;
    for (Entry entry : entries.values()) {
      emptying += entry.state == State.REVOKED || entry.state == State.LEAVING ? 1 : 0;
    }
    for (Entry entry : wanted) {
      if (!free.isEmpty()) {
        entry.slot = free.nextSetBit(0);
        free.clear(entry.slot);
        entry.readAsOf = entry.fetches > 0 ? entry.readAsOf : newestReadable(entry);
        entry.fetches++;
        entry.state = State.COMING;
        actions.add(new SlotAction.Fetch(entry.key, entry.slot, entry.readAsOf, entry.hasPartial));
      } else if (emptying > 0) {
        emptying--;
        foreseen += entry.isNeeded ? 0 : 1;
      } else {
        Entry victim = victims.hasNext() ? victims.next() : null;
        if (victim == null || !isWorth(entry, victim, foreseen)) {
          break;
        }
        victim.state = State.REVOKED;
        actions.add(new SlotAction.Revoke(victim.key));
        foreseen += entry.isNeeded ? 0 : 1;
      }
    }
    wanted.stream()
        .filter(entry -> entry.state == State.ABSENT)
        .forEach(entry -> entry.hasLackedSlot = true);
    return actions;
  }

  private static boolean isWorth(Entry comer, Entry victim, int foreseen) {
    return comer.isNeeded
        || (foreseen < PREFETCH_EVICTIONS && comer.nextUse() < victim.worthOfEviction());
  }

  private List<Entry> wanted() {
    return entries.values().stream()
        .filter(entry -> entry.state == State.ABSENT && isReady(entry))
        .filter(entry -> entry.isNeeded || mayPrefetch(entry))
        .sorted(
            Comparator.comparingInt((Entry entry) -> entry.isNeeded ? 0 : 1)
                .thenComparingLong(Entry::nextUse))
        .toList();
  }

  private Iterator<Entry> victims() {
    return entries.values().stream()
        .filter(entry -> entry.state == State.RESIDENT)
        .sorted(Comparator.comparingLong(Entry::worthOfEviction).reversed())
        .iterator();
  }

  private boolean mayPrefetch(Entry entry) {
    long step = entry.key.step();
    if (lookahead == 0 || step > open.first() + lookahead) {
      return false;
    }
    return rules.bound() == 0
        || step <= 0
        || entry.fetches > 0
        || newestReadable(entry) == step - 1;
  }

  private boolean isReady(Entry entry) {
    return entry.key.step() <= 0
        || firstUnapplied(entry.key.owner()) > entry.key.step() - 1 - rules.mostStale();
  }

  private long newestReadable(Entry entry) {
    long step = entry.key.step();
    if (step <= 0) {
      return Long.MAX_VALUE;
    }
    if (rules.bound() == 0) {
      return Math.max(0, step - 1 - rules.delay());
    }
    return Math.min(step - 1, firstUnapplied(entry.key.owner()) - 1);
  }

  private long firstUnapplied(int owner) {
    TreeSet<Long> steps = unapplied.get(owner);
    return steps == null || steps.isEmpty() ? Long.MAX_VALUE : steps.first();
  }
}

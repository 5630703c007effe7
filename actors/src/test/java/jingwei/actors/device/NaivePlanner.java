package jingwei.actors.device;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import jingwei.actors.device.Residency.State;
import jingwei.model.step.StepRules;

/**
 * Makes the decisions of {@link ResidencyPlanner} the slow way: each decision sorts all
 * residencies.
 */
final class NaivePlanner {
  private static final long DIRTY_COST_USES = 4;
  private static final int PREFETCH_EVICTIONS = 2;

  private final int slots;
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
    boolean[] kept;
    int forwards;
    int backwards;
    boolean isUsedInSlot;
    State state = State.ABSENT;
    int slot = -1;
    boolean isNeeded;
    boolean isDirty;
    boolean hasLackedSlot;
    boolean hasPartial;
    int fetches;
    long readAsOf;

    Entry(ResidencyKey key, long[] uses, boolean[] kept) {
      this.key = key;
      this.uses = uses;
      this.kept = kept;
    }

    void use(boolean isBackward) {
      forwards += isBackward ? 0 : 1;
      backwards += isBackward ? 1 : 0;
      isUsedInSlot = true;
      isDirty |= isBackward;
    }

    /** The first product of the schedule that is not done. */
    int next() {
      if (key.step() <= 0 || backwards > forwards) {
        return forwards + backwards;
      }
      int next = 0;
      while (next % 2 == 0 ? next / 2 < forwards : next / 2 < backwards) {
        next++;
      }
      return next;
    }

    long nextUse() {
      return uses[Math.min(next(), uses.length - 1)];
    }

    boolean staysAfterNext() {
      return kept == null || next() >= kept.length || kept[next()];
    }

    boolean isGivenUp() {
      return isUsedInSlot && kept != null && next() <= kept.length && !kept[next() - 1];
    }

    long worthOfEviction() {
      return nextUse() - (isDirty ? DIRTY_COST_USES : 0);
    }
  }

  NaivePlanner(int slots, int lookahead, StepRules rules) {
    this.slots = slots;
    this.lookahead = lookahead;
    this.rules = rules;
    free.set(0, slots);
  }

  void plan(long step, Map<Integer, long[]> uses) {
    open.add(step);
    Map<Integer, boolean[]> kept = KeepPlan.of(uses, slots, step > 0);
    uses.forEach(
        (owner, positions) -> {
          ResidencyKey key = new ResidencyKey(owner, step);
          entries.put(key, new Entry(key, positions, kept.get(owner)));
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
        entry.isUsedInSlot = false;
        entry.state = State.COMING;
        actions.add(new SlotAction.Fetch(entry.key, entry.slot, entry.readAsOf, entry.hasPartial));
      } else if (emptying > 0) {
        emptying--;
        foreseen += entry.isNeeded ? 0 : 1;
      } else {
        boolean mayComeIn = entry.isNeeded || foreseen < PREFETCH_EVICTIONS;
        Entry victim =
            !mayComeIn
                ? null
                : entry.isNeeded ? victimFor(firstNeeded(wanted)) : victimForPrefetch(entry);
        if (victim == null) {
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

  private static Entry firstNeeded(List<Entry> wanted) {
    return wanted.stream().filter(entry -> entry.state == State.ABSENT).findFirst().orElseThrow();
  }

  private Entry victimFor(Entry needed) {
    List<Entry> givenUp = inSlots(Entry::isGivenUp);
    if (!givenUp.isEmpty()) {
      return givenUp.getFirst();
    }
    boolean isMoving =
        entries.values().stream()
            .anyMatch(
                entry ->
                    entry.state == State.COMING
                        || entry.state == State.REVOKED
                        || entry.state == State.LEAVING);
    List<Entry> unused = inSlots(entry -> !entry.isUsedInSlot);
    List<Entry> kept = inSlots(entry -> entry.isUsedInSlot && !entry.isGivenUp());
    boolean waits =
        isSooner(unused.isEmpty() ? null : unused.getLast(), needed)
            || isSooner(kept.isEmpty() ? null : kept.getLast(), needed);
    if (!isMoving && !waits) {
      List<Entry> last = new ArrayList<>();
      unused.stream().findFirst().ifPresent(last::add);
      kept.stream().findFirst().ifPresent(last::add);
      last.sort(Comparator.comparingLong(Entry::worthOfEviction).reversed());
      return last.isEmpty() ? null : last.getFirst();
    }
    return unused.stream()
        .findFirst()
        .filter(entry -> entry.nextUse() > needed.nextUse())
        .orElse(null);
  }

  private static boolean isSooner(Entry inSlot, Entry needed) {
    return inSlot != null
        && inSlot.key.step() == needed.key.step()
        && inSlot.nextUse() <= needed.nextUse();
  }

  private Entry victimForPrefetch(Entry comer) {
    List<Entry> givenUp = inSlots(Entry::isGivenUp);
    if (!givenUp.isEmpty() && comer.nextUse() < givenUp.getFirst().nextUse()) {
      return givenUp.getFirst();
    }
    return inSlots(entry -> !entry.isUsedInSlot).stream()
        .findFirst()
        .filter(entry -> comer.nextUse() < entry.worthOfEviction())
        .orElse(null);
  }

  /** Those that may be evicted, the one that is needed last first. */
  private List<Entry> inSlots(Predicate<Entry> which) {
    return entries.values().stream()
        .filter(entry -> entry.state == State.RESIDENT)
        .filter(which)
        .sorted(Comparator.comparingLong(Entry::nextUse).reversed())
        .toList();
  }

  private List<Entry> wanted() {
    return entries.values().stream()
        .filter(entry -> entry.state == State.ABSENT && isReady(entry))
        .filter(entry -> entry.isNeeded || mayPrefetch(entry))
        .sorted(
            Comparator.comparingInt((Entry entry) -> entry.isNeeded ? 0 : 1)
                .thenComparingLong(Entry::nextUse)
                .thenComparing(Entry::staysAfterNext))
        .toList();
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

package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.rules;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jingwei.actors.device.Residency.State;
import jingwei.model.SeededRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The planner decides as {@link NaivePlanner} does, in the same order, after any events. */
class PlannerEquivalenceTest {
  private static final int RUNS = 120;
  private static final int EVENTS = 400;
  private static final int OWNERS = 9;

  private SeededRandom random;
  private NaivePlanner naive;
  private ResidencyPlanner planner;
  private final TreeSet<Long> open = new TreeSet<>();
  private final Set<ResidencyKey> unapplied = new HashSet<>();
  private long steps;
  private long evaluations;
  private int fetches;
  private int revokes;
  private int versionWaits;
  private int refetches;

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "0, 1", "0, 2"})
  void decidesAsTheNaivePlanner(int delay, int bound) {
    for (int seed = 0; seed < RUNS; seed++) {
      random = SeededRandom.of(seed, "planner " + delay + " " + bound);
      int slots = 1 + random.nextInt(7);
      int lookahead = random.nextInt(4);
      naive = new NaivePlanner(slots, lookahead, rules(delay, bound));
      planner = new ResidencyPlanner(slots, lookahead, rules(delay, bound));
      open.clear();
      unapplied.clear();
      steps = 0;
      evaluations = -1000;
      for (int event = 0; event < EVENTS; event++) {
        happen();
        if (random.nextInt(3) > 0) {
          compare("seed=%d event=%d".formatted(seed, event));
        }
      }
    }
    assertTrue(fetches > 10 * RUNS && revokes > RUNS, fetches + " and " + revokes);
    assertTrue(versionWaits > RUNS && refetches > RUNS, versionWaits + " and " + refetches);
  }

  private void compare(String when) {
    List<SlotAction> expected = naive.decide();
    assertEquals(expected, planner.decide(), when);
    for (SlotAction action : expected) {
      fetches += action instanceof SlotAction.Fetch ? 1 : 0;
      revokes += action instanceof SlotAction.Revoke ? 1 : 0;
    }
  }

  private void happen() {
    int kind = random.nextInt(12);
    if (kind == 0 && open.size() < 5) {
      plan(random.nextInt(6) == 0 ? ++evaluations : ++steps);
    } else if (kind == 1) {
      apply();
    } else if (kind == 2) {
      closeOldest();
    } else {
      List<NaivePlanner.Entry> entries = new ArrayList<>();
      naive.entries().forEach(entries::add);
      if (!entries.isEmpty()) {
        change(entries.get(random.nextInt(entries.size())));
      }
    }
  }

  /** Positions have ties, so that the order of planning matters. */
  private void plan(long step) {
    Map<Integer, long[]> uses = new HashMap<>();
    for (int owner = 0; owner < OWNERS; owner++) {
      if (random.nextInt(2) == 0) {
        long first = 20 * step + random.nextInt(6);
        uses.put(owner, new long[] {first, first + 3, first + 6 + random.nextInt(4)});
        if (step > 0) {
          unapplied.add(new ResidencyKey(owner, step));
        }
      }
    }
    open.add(step);
    naive.plan(step, uses);
    planner.plan(step, uses, List.of());
  }

  /** The oldest update of an expert whose residency is over. */
  private void apply() {
    unapplied.stream()
        .filter(key -> naive.entry(key) == null)
        .filter(
            key ->
                unapplied.stream()
                    .noneMatch(k -> k.owner() == key.owner() && k.step() < key.step()))
        .min((a, b) -> Long.compare(31 * a.step() + a.owner(), 31 * b.step() + b.owner()))
        .ifPresent(
            key -> {
              unapplied.remove(key);
              naive.applied(key);
              assertTrue(planner.applied(key));
            });
  }

  private void closeOldest() {
    for (long step : List.copyOf(open)) {
      if (planner.numLeft(step) == 0 && open.size() > 1) {
        open.remove(step);
        naive.close(step);
        planner.close(step);
        return;
      }
    }
  }

  private void change(NaivePlanner.Entry entry) {
    Residency residency = planner.find(entry.key);
    assertEquals(entry.state, residency.state());
    switch (entry.state) {
      case ABSENT -> need(entry, residency);
      case COMING -> {
        entry.isNeeded = false;
        entry.state = State.RESIDENT;
        planner.arrive(residency);
      }
      case RESIDENT, REVOKED -> work(entry, residency);
      case LEAVING -> {
        boolean isOver = residency.isFinished();
        naive.vacate(entry, isOver);
        planner.vacate(residency, isOver);
      }
      case OVER -> throw new AssertionError(entry.key);
    }
  }

  private void need(NaivePlanner.Entry entry, Residency residency) {
    if (entry.isNeeded) {
      return;
    }
    ExpertWait wait = naive.waitOf(entry);
    versionWaits += wait == ExpertWait.VERSION ? 1 : 0;
    refetches += wait == ExpertWait.EVICTED ? 1 : 0;
    if (residency.waitedFor() == ExpertWait.NONE || wait == ExpertWait.EVICTED) {
      planner.need(residency);
      assertEquals(wait, residency.waitedFor());
    } else {
      planner.need(residency);
    }
    entry.isNeeded = true;
  }

  private void work(NaivePlanner.Entry entry, Residency residency) {
    int kind = random.nextInt(4);
    if (kind == 0 && entry.state == State.REVOKED) {
      leave(entry, residency, false);
    } else if (kind == 1) {
      residency.finish();
      leave(entry, residency, true);
    } else {
      boolean isBackward = random.nextInt(3) == 0;
      entry.use(isBackward);
      planner.use(residency, isBackward);
    }
  }

  private void leave(NaivePlanner.Entry entry, Residency residency, boolean isOver) {
    residency.setStartedBits(entry.isDirty ? 1 : 0);
    entry.hasPartial = entry.isDirty;
    if (entry.isDirty) {
      entry.state = State.LEAVING;
      planner.leave(residency);
    } else {
      naive.vacate(entry, isOver);
      planner.vacate(residency, isOver);
    }
  }
}

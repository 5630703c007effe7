package jingwei.actors.device;

import static jingwei.actors.device.ResidencyFixture.rules;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Counts how often residencies are looked at in a step, by comparisons and otherwise. */
class DecisionCostTest {
  private long looks;
  private int finished;
  private final Set<ResidencyKey> leased = new LinkedHashSet<>();
  private final Set<ResidencyKey> evicted = new HashSet<>();
  private final Set<ResidencyKey> over = new HashSet<>();

  private final class Counted extends Residency {
    Counted(ResidencyKey key, long[] uses, long sequence) {
      super(key, uses, sequence);
    }

    @Override
    State state() {
      looks++;
      return super.state();
    }

    @Override
    long nextUse() {
      looks++;
      return super.nextUse();
    }

    @Override
    boolean isNeeded() {
      looks++;
      return super.isNeeded();
    }

    @Override
    ResidencyKey key() {
      looks++;
      return super.key();
    }
  }

  /**
   * @param slotsOfEight slots for every eight residencies: enough for a whole step, or for less
   * @param everyNeed whether all experts ask at once, or one after another
   */
  @ParameterizedTest
  @CsvSource({"16, false", "4, false", "4, true", "1, true"})
  void looksGrowAsNLogN(int slotsOfEight, boolean everyNeed) {
    double small = looksPerResidency(1 << 10, slotsOfEight, everyNeed) / 10;
    double medium = looksPerResidency(1 << 12, slotsOfEight, everyNeed) / 12;
    double large = looksPerResidency(1 << 14, slotsOfEight, everyNeed) / 14;
    String growth = "looks over log n: %.1f, %.1f, %.1f".formatted(small, medium, large);
    assertTrue(medium < 1.2 * small && large < 1.2 * small, growth);
    assertTrue(small < 60, growth);
  }

  private double looksPerResidency(int residencies, int slotsOfEight, boolean everyNeed) {
    looks = 0;
    finished = 0;
    evicted.clear();
    over.clear();
    int slots = residencies * slotsOfEight / 8;
    ResidencyPlanner planner = new ResidencyPlanner(slots, 1, rules(0, 0), Counted::new);
    SlotScheduler scheduler = new SlotScheduler(planner, owner -> "expert " + owner);
    runOneStep(scheduler, residencies, everyNeed);
    assertEquals(residencies, finished);
    assertEquals(slots < residencies, !evicted.isEmpty());
    return (double) looks / residencies;
  }

  private void runOneStep(SlotScheduler scheduler, int residencies, boolean everyNeed) {
    Map<Integer, long[]> uses = new HashMap<>();
    Map<Integer, long[]> next = new HashMap<>();
    List<ResidencyKey> keys = new ArrayList<>();
    for (int owner = 0; owner < residencies; owner++) {
      uses.put(owner, new long[] {owner, 2L * residencies - owner});
      next.put(owner, new long[] {3L * residencies + owner});
      keys.add(new ResidencyKey(owner, 1));
    }
    Collections.shuffle(keys, new Random(3));
    Deque<SlotAction> actions = new ArrayDeque<>();
    scheduler.lookahead(1, uses, List.of());
    scheduler.lookahead(2, next, List.of());
    actions.addAll(scheduler.decide());
    for (ResidencyKey key : keys) {
      if (!over.contains(key)) {
        scheduler.need(key);
      }
      if (!everyNeed) {
        decideAndServe(scheduler, actions);
      }
    }
    decideAndServe(scheduler, actions);
    for (ResidencyKey key : keys) {
      scheduler.applied(key);
      actions.addAll(scheduler.decide());
    }
    scheduler.close(1);
  }

  /**
   * Serves all actions until none is left, with a decision after every event. An expert leaves
   * after a revocation, once with a partial gradient; the others finish at the end.
   */
  private void decideAndServe(SlotScheduler scheduler, Deque<SlotAction> actions) {
    actions.addAll(scheduler.decide());
    while (!actions.isEmpty() || !leased.isEmpty()) {
      if (actions.isEmpty()) {
        actions.addAll(finish(scheduler, leased.iterator().next()));
      } else {
        serve(scheduler, actions, actions.remove());
      }
      if (scheduler.isDecisionDue()) {
        actions.addAll(scheduler.decide());
      }
    }
  }

  private void serve(SlotScheduler scheduler, Deque<SlotAction> actions, SlotAction action) {
    switch (action) {
      case SlotAction.Fetch fetch -> {
        for (int tensor = fetch.hasPartial() ? 2 : 1; tensor > 0; tensor--) {
          actions.addAll(scheduler.arrived(fetch.key()));
        }
      }
      case SlotAction.Lease(ResidencyKey key, int slot, long readAsOf, long startedBits) -> {
        leased.add(key);
        scheduler.used(key, true);
      }
      case SlotAction.Revoke(ResidencyKey key) -> {
        if (leased.contains(key) && evicted.add(key)) {
          leased.remove(key);
          actions.addAll(scheduler.yielded(key, 1));
          scheduler.need(key);
        } else if (leased.contains(key)) {
          actions.addAll(finish(scheduler, key));
        }
      }
      case SlotAction.SendPartial(ResidencyKey key, int slot) ->
          actions.addAll(scheduler.sent(key));
      case SlotAction.SendGradient send -> actions.addAll(scheduler.sent(send.key()));
      case SlotAction.Count count -> finished++;
      case SlotAction.Closed closed -> {}
    }
  }

  private List<SlotAction> finish(SlotScheduler scheduler, ResidencyKey key) {
    leased.remove(key);
    over.add(key);
    return scheduler.finished(key, 1);
  }
}

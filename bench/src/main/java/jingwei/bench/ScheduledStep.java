package jingwei.bench;

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
import jingwei.actors.device.ResidencyKey;
import jingwei.actors.device.SlotAction;
import jingwei.actors.device.SlotScheduler;
import jingwei.model.step.StepRules;

/**
 * One step of a scheduler, from its lookahead to its close, in which every transfer is done at
 * once: what remains is the cost of the decisions. Each expert that is asked for its slot gives it
 * back once with a partial gradient; then it finishes.
 */
final class ScheduledStep {
  private static final StepRules RULES = StepRules.of(TrainerCase.ADAM);

  private final SlotScheduler scheduler;
  private final List<ResidencyKey> keys = new ArrayList<>();
  private final Map<Integer, long[]> uses = new HashMap<>();
  private final Map<Integer, long[]> nextUses = new HashMap<>();
  private final Deque<SlotAction> actions = new ArrayDeque<>();
  private final Set<ResidencyKey> leased = new LinkedHashSet<>();
  private final Set<ResidencyKey> evicted = new HashSet<>();
  private long events;

  ScheduledStep(int residencies, int slots) {
    scheduler = new SlotScheduler(slots, 1, RULES, owner -> "expert " + owner);
    for (int owner = 0; owner < residencies; owner++) {
      keys.add(new ResidencyKey(owner, 1));
      uses.put(owner, new long[] {owner, 2L * residencies - owner});
      nextUses.put(owner, new long[] {3L * residencies + owner});
    }
    Collections.shuffle(keys, new Random(3));
  }

  /** Returns how many events there were, with a decision after each that may lead to one. */
  long run() {
    scheduler.lookahead(1, uses, List.of());
    scheduler.lookahead(2, nextUses, List.of());
    decide();
    for (ResidencyKey key : keys) {
      scheduler.need(key);
      decide();
    }
    while (!actions.isEmpty() || !leased.isEmpty()) {
      if (actions.isEmpty()) {
        finish(leased.iterator().next());
      } else {
        serve(actions.remove());
      }
      decide();
    }
    for (ResidencyKey key : keys) {
      scheduler.applied(key);
      decide();
    }
    actions.addAll(scheduler.close(1));
    if (!actions.contains(new SlotAction.Closed(1))) {
      throw new IllegalStateException("the step is not over: " + scheduler);
    }
    return events;
  }

  private void decide() {
    events++;
    if (scheduler.isDecisionDue()) {
      actions.addAll(scheduler.decide());
    }
  }

  private void serve(SlotAction action) {
    switch (action) {
      case SlotAction.Fetch fetch -> {
        for (int tensor = fetch.hasPartial() ? 2 : 1; tensor > 0; tensor--) {
          actions.addAll(scheduler.arrived(fetch.key()));
        }
      }
      case SlotAction.Lease lease -> {
        leased.add(lease.key());
        scheduler.used(lease.key(), true);
      }
      case SlotAction.Revoke(ResidencyKey key) -> {
        if (leased.contains(key) && evicted.add(key)) {
          leased.remove(key);
          actions.addAll(scheduler.yielded(key, 1));
          scheduler.need(key);
        } else if (leased.contains(key)) {
          finish(key);
        }
      }
      case SlotAction.SendPartial(ResidencyKey key, int slot) ->
          actions.addAll(scheduler.sent(key));
      case SlotAction.SendGradient send -> actions.addAll(scheduler.sent(send.key()));
      case SlotAction.Count count -> {}
      case SlotAction.Closed closed -> {}
    }
  }

  private void finish(ResidencyKey key) {
    leased.remove(key);
    actions.addAll(scheduler.finished(key, 1));
  }
}

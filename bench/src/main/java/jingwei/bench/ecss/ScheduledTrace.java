package jingwei.bench.ecss;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jingwei.actors.device.ResidencyKey;
import jingwei.actors.device.SlotAction;
import jingwei.actors.device.SlotScheduler;
import jingwei.model.step.StepRules;

/**
 * Runs a trace on the device's {@link SlotScheduler} and counts transfers as the optimum does. One
 * micro-batch is in flight. The experts of a pass get their work at once: those without a slot
 * report it before the others have computed, as on a device, where a product takes longer than a
 * message.
 */
final class ScheduledTrace {
  /** How far transfers are when the next pass begins. */
  enum Link {
    /** Everything that was decided has arrived, all prefetches included. */
    FAST,
    /** Only what the pass before has needed, and what was decided before it, has arrived. */
    SLOW
  }

  private final UseTrace trace;
  private final SlotScheduler scheduler;
  private final Deque<SlotAction> actions = new ArrayDeque<>();
  private int leased;
  private int waiting;
  private int partial;
  private int pass;
  private int transfers;

  private ScheduledTrace(UseTrace trace, int slots, StepRules rules) {
    this.trace = trace;
    this.scheduler = new SlotScheduler(slots, 1, rules, owner -> "expert " + owner);
  }

  static int transfers(UseTrace trace, int slots, Link link, StepRules rules) {
    ScheduledTrace run = new ScheduledTrace(trace, slots, rules);
    run.run(link);
    return run.transfers;
  }

  private void run(Link link) {
    Map<Integer, long[]> uses = new HashMap<>();
    for (int expert = 0; expert < trace.experts(); expert++) {
      int owner = expert;
      IntStream own = IntStream.range(0, trace.passes().size()).filter(p -> trace.uses(p, owner));
      uses.put(owner, own.asLongStream().toArray());
    }
    scheduler.lookahead(1, uses, List.of());
    for (pass = 0; pass < trace.passes().size(); pass++) {
      serve(link == Link.FAST);
      compute();
    }
  }

  /** Serves what was decided, or only makes the next decision. */
  private void serve(boolean all) {
    decide();
    while (all && !actions.isEmpty()) {
      serve(actions.remove());
    }
  }

  private void compute() {
    waiting = trace.passes().get(pass).experts();
    int inSlots = waiting & leased;
    for (int expert = 0; expert < trace.experts(); expert++) {
      if (((waiting & ~inSlots) >> expert & 1) != 0) {
        scheduler.need(key(expert));
      }
    }
    decide();
    for (int expert = 0; expert < trace.experts(); expert++) {
      if ((inSlots >> expert & 1) != 0) {
        work(expert);
      }
    }
    decide();
    while (waiting != 0) {
      serve(actions.remove());
    }
  }

  private void work(int expert) {
    int bit = 1 << expert;
    waiting &= ~bit;
    boolean isBackward = trace.passes().get(pass).isBackward();
    partial |= isBackward ? bit : 0;
    if (trace.nextUse(expert, pass + 1) < trace.passes().size()) {
      scheduler.used(key(expert), isBackward);
    } else {
      leased &= ~bit;
      actions.addAll(scheduler.finished(key(expert), 1));
    }
  }

  private void serve(SlotAction action) {
    switch (action) {
      case SlotAction.Fetch fetch -> {
        for (int tensor = fetch.hasPartial() ? 2 : 1; tensor > 0; tensor--) {
          transfers++;
          actions.addAll(scheduler.arrived(fetch.key()));
        }
      }
      case SlotAction.Lease lease -> {
        int expert = lease.key().owner();
        leased |= 1 << expert;
        if ((waiting >> expert & 1) != 0) {
          work(expert);
        }
      }
      case SlotAction.Revoke(ResidencyKey key) -> {
        int bit = 1 << key.owner();
        if ((leased & bit) != 0) {
          leased &= ~bit;
          actions.addAll(scheduler.yielded(key, (partial & bit) == 0 ? 0 : 1));
        }
      }
      case SlotAction.SendPartial(ResidencyKey key, int slot) -> {
        transfers++;
        actions.addAll(scheduler.sent(key));
      }
      case SlotAction.SendGradient send -> actions.addAll(scheduler.sent(send.key()));
      case SlotAction.Count count -> {}
      case SlotAction.Closed closed -> {}
    }
    decide();
  }

  private void decide() {
    if (scheduler.isDecisionDue()) {
      actions.addAll(scheduler.decide());
    }
  }

  private static ResidencyKey key(int expert) {
    return new ResidencyKey(expert, 1);
  }
}

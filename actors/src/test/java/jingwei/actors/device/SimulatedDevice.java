package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.SeededRandom;

/**
 * A {@link SlotScheduler} with simulated experts, stages and store. Their messages overtake each
 * other at random where actors do not promise an order. Checks the invariants after every message.
 */
final class SimulatedDevice {
  private final SimulatedRun run;
  private final SlotScheduler scheduler;
  private final SeededRandom random;
  private final ResidencyKey[] inSlot;
  private final TreeMap<String, Deque<Runnable>> channels = new TreeMap<>();
  private final Map<ResidencyKey, Activity> activities = new HashMap<>();
  private final Map<ResidencyKey, Long> firstRead = new HashMap<>();
  private final SimulatedStages stages;
  private final List<Long> closed = new ArrayList<>();
  private int moves;
  private int waits;
  private int revokes;
  private int counted;
  private long planned;

  private record Work(int microBatch, int element) {}

  /** The state of an expert in one step. */
  private static final class Activity {
    final Deque<Work> waiting = new ArrayDeque<>();
    boolean isLeased;
    boolean isAsked;
    boolean isDirty;
  }

  SimulatedDevice(SimulatedRun run) {
    this.run = run;
    this.scheduler =
        new SlotScheduler(run.slots(), run.lookahead(), run.rules(), owner -> "expert " + owner);
    this.random = SeededRandom.of(run.seed(), "messages");
    this.inSlot = new ResidencyKey[run.slots()];
    this.stages = new SimulatedStages(run, this::dispatch);
  }

  /** How often, after the first step, an expert had work and had to wait. */
  int waits() {
    return waits;
  }

  /** Leases that were revoked. */
  int revokes() {
    return revokes;
  }

  /** Runs all steps; fails if messages stop too early or never stop. */
  void run() {
    plan();
    long most = 2000L * run.steps() * run.microBatches() * run.layers() * run.experts();
    for (long messages = 0; proceed(); messages++) {
      assertTrue(messages < most, () -> "no end in sight: " + run);
      long taken = Arrays.stream(inSlot).filter(key -> key != null).count();
      assertEquals(run.slots(), scheduler.freeSlots() + taken);
    }
    assertEquals(run.steps(), stages.closed(), () -> "stuck: " + run + scheduler.residencies());
    assertTrue(scheduler.residencies().isEmpty());
    assertEquals(run.slots(), scheduler.freeSlots());
    int residencies = 0;
    for (long step = 1; step <= run.steps(); step++) {
      assertEquals(step, closed.get((int) step - 1));
      residencies += run.uses(step).size();
    }
    assertEquals(run.steps(), closed.size());
    assertEquals(residencies, counted);
  }

  private boolean proceed() {
    stages.advance(channels.isEmpty());
    if (channels.isEmpty()) {
      return false;
    }
    List<String> names = new ArrayList<>(channels.keySet());
    String name = names.get(random.nextInt(names.size()));
    Deque<Runnable> channel = channels.get(name);
    Runnable message = channel.remove();
    if (channel.isEmpty()) {
      channels.remove(name);
    }
    message.run();
    return true;
  }

  private void post(String channel, Runnable message) {
    channels.computeIfAbsent(channel, c -> new ArrayDeque<>()).add(message);
  }

  /** A message to the scheduler; it decides right after it. */
  private void tell(String channel, Runnable message) {
    post(
        channel,
        () -> {
          message.run();
          decide();
        });
  }

  // Session and coordinator.

  private void plan() {
    long until = stages.closed() + stages.mostOpen() + run.lookahead();
    while (planned < Math.min(run.steps(), until)) {
      long step = ++planned;
      stages.plan(step);
      if (run.settles()) {
        scheduler.lookahead(step, run.uses(step), List.of());
        decide();
      } else {
        tell("session", () -> scheduler.lookahead(step, run.uses(step), List.of()));
      }
    }
  }

  private void dispatch(int microBatch, int element) {
    long step = stages.stepOf(microBatch);
    for (int owner : stages.activeAt(microBatch, element)) {
      ResidencyKey key = new ResidencyKey(owner, step);
      post("stage to " + owner, () -> onCompute(key, new Work(microBatch, element)));
    }
  }

  private void close(long step) {
    tell("coordinator", () -> perform(scheduler.close(step)));
    post("session opens", this::plan);
  }

  // The store.

  private void measured(ResidencyKey key) {
    for (ResidencyKey decided : stages.measured(key)) {
      post("store " + decided.owner(), () -> made(decided));
    }
  }

  private void made(ResidencyKey key) {
    stages.made(key);
    tell("store", () -> scheduler.applied(key));
    for (long step = stages.closed() + 1; stages.close(step); step++) {
      close(step);
    }
  }

  // An expert.

  private void onCompute(ResidencyKey key, Work work) {
    Activity activity = activities.computeIfAbsent(key, k -> new Activity());
    activity.waiting.add(work);
    if (activity.isLeased) {
      work(key, activity);
    } else if (!activity.isAsked) {
      activity.isAsked = true;
      tell("from " + key.owner(), () -> waits += scheduler.need(key) && key.step() > 1 ? 1 : 0);
    }
  }

  private void onLease(SlotAction.Lease lease) {
    Activity activity = activities.computeIfAbsent(lease.key(), k -> new Activity());
    assertEquals(activity.isDirty, lease.startedBits() != 0);
    activity.isLeased = true;
    activity.isAsked = false;
    work(lease.key(), activity);
  }

  private void onRevoke(ResidencyKey key) {
    Activity activity = activities.get(key);
    if (activity != null && activity.isLeased) {
      activity.isLeased = false;
      long startedBits = activity.isDirty ? 1 : 0;
      tell("from " + key.owner(), () -> perform(freeing(key, scheduler.yielded(key, startedBits))));
    }
  }

  private void work(ResidencyKey key, Activity activity) {
    while (!activity.waiting.isEmpty()) {
      Work work = activity.waiting.remove();
      boolean isBackward = run.isBackward(work.element);
      activity.isDirty |= isBackward;
      post("to stage from " + key.owner(), () -> stages.done(work.microBatch));
      if (stages.isLastUse(work.microBatch, work.element, key.owner())) {
        activities.remove(key);
        tell("from " + key.owner(), () -> perform(scheduler.finished(key, 1)));
      } else {
        tell("from " + key.owner(), () -> scheduler.used(key, isBackward));
      }
    }
  }

  // Actions of the scheduler.

  private void decide() {
    if (scheduler.isDecisionDue()) {
      perform(scheduler.decide());
    }
  }

  private void perform(List<SlotAction> actions) {
    for (SlotAction action : actions) {
      switch (action) {
        case SlotAction.Fetch fetch -> fetch(fetch);
        case SlotAction.Revoke(ResidencyKey key) -> {
          revokes++;
          post("to " + key.owner(), () -> onRevoke(key));
        }
        case SlotAction.Lease lease -> post("to " + lease.key().owner(), () -> onLease(lease));
        case SlotAction.SendPartial(ResidencyKey key, int slot) -> send(key, () -> {});
        case SlotAction.SendGradient send -> send(send.key(), () -> measured(send.key()));
        case SlotAction.Count count -> counted++;
        case SlotAction.Closed(long step) -> closed.add(step);
      }
    }
  }

  private void fetch(SlotAction.Fetch fetch) {
    ResidencyKey key = fetch.key();
    assertNull(inSlot[fetch.slot()], "given twice");
    inSlot[fetch.slot()] = key;
    stages.assertReadable(key, fetch.asOf());
    assertEquals(fetch.asOf(), firstRead.computeIfAbsent(key, k -> fetch.asOf()));
    for (int tensor = fetch.hasPartial() ? 2 : 1; tensor > 0; tensor--) {
      tell("move " + ++moves, () -> perform(scheduler.arrived(key)));
    }
  }

  /** The store may have the gradient before the scheduler gets the report that it was sent. */
  private void send(ResidencyKey key, Runnable whenArrived) {
    post("move " + ++moves, whenArrived);
    tell("move " + ++moves, () -> perform(freeing(key, scheduler.sent(key))));
  }

  /** The slot of a residency is empty, unless its gradient is still to be sent. */
  private List<SlotAction> freeing(ResidencyKey key, List<SlotAction> actions) {
    if (actions.stream().noneMatch(action -> action instanceof SlotAction.SendPartial)) {
      int slot = Arrays.asList(inSlot).indexOf(key);
      assertTrue(slot >= 0, () -> key + " has no slot");
      inSlot[slot] = null;
    }
    return actions;
  }
}

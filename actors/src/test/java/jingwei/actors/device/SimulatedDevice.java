package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.device.Residency.State;
import jingwei.actors.device.ResidencyPlanner.Decision;
import jingwei.model.SeededRandom;

/**
 * A scheduler, its experts, the stages and the store, whose messages overtake each other at random
 * wherever actors do not promise an order. Asserts what must hold after every message.
 */
final class SimulatedDevice {
  private final SimulatedRun run;
  private final ResidencyPlanner residency;
  private final SeededRandom random;
  private final Residency[] inSlot;
  private final TreeMap<String, Deque<Runnable>> channels = new TreeMap<>();
  private final Map<ResidencyKey, Part> parts = new HashMap<>();
  private final Map<ResidencyKey, Long> firstRead = new HashMap<>();
  private final SimulatedStages stages;
  private int moves;
  private int waits;
  private int revokes;
  private long planned;

  private record Work(int microBatch, int element) {}

  private static final class Part {
    final Deque<Work> waiting = new ArrayDeque<>();
    boolean isLeased;
    boolean isAsked;
    boolean isDirty;
  }

  SimulatedDevice(SimulatedRun run) {
    this.run = run;
    this.residency = new ResidencyPlanner(run.slots(), run.lookahead(), run.rules());
    this.random = SeededRandom.of(run.seed(), "messages");
    this.inSlot = new Residency[run.slots()];
    this.stages = new SimulatedStages(run, this::dispatch);
  }

  /** Needs, after the first step, of an expert that was not there. */
  int waits() {
    return waits;
  }

  /** Leases that were asked back. */
  int revokes() {
    return revokes;
  }

  /** Runs all steps; fails if something never comes, or never ends. */
  void run() {
    plan();
    long most = 2000L * run.steps() * run.microBatches() * run.layers() * run.experts();
    for (long messages = 0; proceed(); messages++) {
      assertTrue(messages < most, () -> "no end in sight: " + run);
      long taken = Arrays.stream(inSlot).filter(stay -> stay != null).count();
      assertEquals(run.slots(), residency.freeSlots() + taken);
    }
    assertEquals(run.steps(), stages.closed(), () -> "stuck: " + run + " " + residency.stays());
    assertTrue(residency.stays().isEmpty());
    assertEquals(run.slots(), residency.freeSlots());
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

  // Session and coordinator.

  private void plan() {
    long until = stages.closed() + stages.mostOpen() + run.lookahead();
    while (planned < Math.min(run.steps(), until)) {
      planned++;
      stages.plan(planned);
      residency.plan(planned, run.uses(planned));
      act();
    }
  }

  private void dispatch(int microBatch, int element) {
    long step = stages.stepOf(microBatch);
    for (int owner : stages.activeAt(microBatch, element)) {
      ResidencyKey visit = new ResidencyKey(owner, step);
      post("stage to " + owner, () -> onCompute(visit, new Work(microBatch, element)));
    }
  }

  private void measured(ResidencyKey visit) {
    for (ResidencyKey decided : stages.measured(visit)) {
      post("store " + decided.owner(), () -> made(decided));
    }
  }

  private void made(ResidencyKey visit) {
    stages.made(visit);
    post("coordinator", () -> apply(visit));
    for (long step = stages.closed() + 1; stages.close(step); step++) {
      long over = step;
      post("coordinator", () -> close(over));
    }
  }

  private void apply(ResidencyKey visit) {
    residency.applied(visit.owner(), visit.step());
    act();
  }

  private void close(long step) {
    residency.close(step);
    act();
    plan();
  }

  // An expert.

  private void onCompute(ResidencyKey visit, Work work) {
    Part part = parts.computeIfAbsent(visit, v -> new Part());
    part.waiting.add(work);
    if (part.isLeased) {
      work(visit, part);
    } else if (!part.isAsked) {
      part.isAsked = true;
      post("from " + visit.owner(), () -> onNeed(visit));
    }
  }

  private void onLease(ResidencyKey visit) {
    Part part = parts.computeIfAbsent(visit, v -> new Part());
    part.isLeased = true;
    part.isAsked = false;
    work(visit, part);
  }

  private void onRevoke(ResidencyKey visit) {
    Part part = parts.get(visit);
    if (part != null && part.isLeased) {
      part.isLeased = false;
      boolean isDirty = part.isDirty;
      post("from " + visit.owner(), () -> onYielded(visit, isDirty));
    }
  }

  private void work(ResidencyKey visit, Part part) {
    while (!part.waiting.isEmpty()) {
      Work work = part.waiting.remove();
      boolean isBackward = run.isBackward(work.element);
      part.isDirty |= isBackward;
      post("to stage from " + visit.owner(), () -> stages.done(work.microBatch));
      if (stages.isLastUse(work.microBatch, work.element, visit.owner())) {
        parts.remove(visit);
        post("from " + visit.owner(), () -> leave(visit, true));
      } else {
        post("from " + visit.owner(), () -> residency.stay(visit).use(isBackward));
      }
    }
  }

  // The scheduler, as DeviceScheduler does it.

  private void onNeed(ResidencyKey visit) {
    Residency stay = residency.stay(visit);
    if (stay.state() == State.RESIDENT || stay.isNeeded()) {
      return;
    }
    waits += visit.step() > 1 ? 1 : 0;
    stay.setNeeded(true);
    act();
  }

  private void onYielded(ResidencyKey visit, boolean isDirty) {
    if (isDirty) {
      leave(visit, false);
    } else {
      vacate(residency.stay(visit), false);
    }
  }

  private void leave(ResidencyKey visit, boolean isOver) {
    Residency stay = residency.stay(visit);
    stay.become(State.LEAVING);
    post(
        "move " + ++moves,
        () -> {
          vacate(stay, isOver);
          if (isOver) {
            measured(visit);
          }
        });
  }

  private void vacate(Residency stay, boolean isOver) {
    assertSame(stay, inSlot[stay.slot()]);
    inSlot[stay.slot()] = null;
    residency.vacate(stay, isOver);
    act();
  }

  private void act() {
    for (Decision decision : residency.decide()) {
      switch (decision) {
        case Decision.Fetch(Residency stay, int slot, long asOf) -> fetch(stay, slot, asOf);
        case Decision.Revoke(Residency stay) -> {
          revokes++;
          post("to " + stay.visit().owner(), () -> onRevoke(stay.visit()));
        }
      }
    }
  }

  private void fetch(Residency stay, int slot, long asOf) {
    assertNull(inSlot[slot], "given twice");
    inSlot[slot] = stay;
    ResidencyKey visit = stay.visit();
    stages.assertReadable(visit, asOf);
    assertEquals(asOf, firstRead.computeIfAbsent(visit, v -> asOf));
    assertTrue(
        stay.isNeeded()
            || (run.lookahead() > 0 && visit.step() <= stages.closed() + 1 + run.lookahead()));
    post(
        "move " + ++moves,
        () -> {
          stay.setNeeded(false);
          stay.become(State.RESIDENT);
          post("to " + visit.owner(), () -> onLease(visit));
          act();
        });
  }
}

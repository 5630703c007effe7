package jingwei.actors.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.device.Residency.State;
import jingwei.actors.device.ResidencyPlanner.Decision;
import jingwei.model.TestSettings;
import jingwei.model.step.StepRules;

/** A {@link ResidencyPlanner} whose decisions read as words: {@code fetch 3@1 as of 0}. */
final class ResidencyFixture {
  final ResidencyPlanner residency;

  ResidencyFixture(int slots, int lookahead) {
    this(slots, lookahead, rules(0, 0));
  }

  ResidencyFixture(int slots, int lookahead, StepRules rules) {
    residency = new ResidencyPlanner(slots, lookahead, rules);
  }

  static StepRules rules(int delay, int bound) {
    return TestSettings.rules(TestSettings.adam(), 1, delay, bound);
  }

  /** Plans a step in which each expert computes at these positions. */
  ResidencyFixture plan(long step, Map<Integer, long[]> uses) {
    residency.plan(step, new HashMap<>(uses));
    return this;
  }

  /** Plans one expert in each of the steps from 1 on, in the order of the steps. */
  ResidencyFixture planInEach(int owner, int steps) {
    for (long step = 1; step <= steps; step++) {
      plan(step, Map.of(owner, new long[] {10 * step}));
    }
    return this;
  }

  static long[] at(long... positions) {
    return positions;
  }

  Residency stay(int owner, long step) {
    return residency.stay(new ResidencyKey(owner, step));
  }

  void need(int owner, long step) {
    stay(owner, step).setNeeded(true);
  }

  /** The bytes are there. */
  void arrive(int owner, long step) {
    stay(owner, step).setNeeded(false);
    stay(owner, step).become(State.RESIDENT);
  }

  /** Brings an expert that is planned into a slot that is free. */
  void bring(int owner, long step) {
    need(owner, step);
    decide();
    arrive(owner, step);
  }

  /** The slot is empty, and the visit goes on. */
  void leave(int owner, long step) {
    residency.vacate(stay(owner, step), false);
  }

  /** What is decided now. */
  List<String> decide() {
    List<String> words = new ArrayList<>();
    for (Decision decision : residency.decide()) {
      words.add(
          switch (decision) {
            case Decision.Fetch(Residency stay, int slot, long asOf) ->
                "fetch " + name(stay) + " as of " + asOf;
            case Decision.Revoke(Residency stay) -> "revoke " + name(stay);
          });
    }
    return words;
  }

  private static String name(Residency stay) {
    return stay.visit().owner() + "@" + stay.visit().step();
  }
}

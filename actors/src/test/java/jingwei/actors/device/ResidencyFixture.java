package jingwei.actors.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.TestSettings;
import jingwei.model.step.StepRules;

/** A {@link ResidencyPlanner} whose actions read as words: {@code fetch 3@1 as of 0}. */
final class ResidencyFixture {
  final ResidencyPlanner planner;

  ResidencyFixture(int slots, int lookahead) {
    this(slots, lookahead, rules(0, 0));
  }

  ResidencyFixture(int slots, int lookahead, StepRules rules) {
    planner = new ResidencyPlanner(slots, lookahead, rules);
  }

  static StepRules rules(int delay, int bound) {
    return TestSettings.rules(TestSettings.adam(), 1, delay, bound);
  }

  /** Plans a step in which each expert computes at these positions. */
  ResidencyFixture plan(long step, Map<Integer, long[]> uses) {
    planner.plan(step, new HashMap<>(uses), List.of());
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

  Residency residency(int owner, long step) {
    return planner.find(new ResidencyKey(owner, step));
  }

  void need(int owner, long step) {
    planner.need(residency(owner, step));
  }

  void use(int owner, long step, boolean isBackward) {
    planner.use(residency(owner, step), isBackward);
  }

  void applied(int owner, long step) {
    planner.applied(new ResidencyKey(owner, step));
  }

  /** The weights arrive. */
  void arrive(int owner, long step) {
    planner.arrive(residency(owner, step));
  }

  /** Fetches a planned expert into a free slot. */
  void bring(int owner, long step) {
    need(owner, step);
    decide();
    arrive(owner, step);
  }

  /** The slot is empty, and the residency continues. */
  void leave(int owner, long step) {
    planner.vacate(residency(owner, step), false);
  }

  /** The slot is empty, and the residency is over. */
  void end(int owner, long step) {
    planner.vacate(residency(owner, step), true);
  }

  /** The actions that are decided now. */
  List<String> decide() {
    return words(planner.decide());
  }

  static List<String> words(List<SlotAction> actions) {
    List<String> words = new ArrayList<>();
    for (SlotAction action : actions) {
      words.add(
          switch (action) {
            case SlotAction.Fetch fetch -> "fetch " + name(fetch.key()) + " as of " + fetch.asOf();
            case SlotAction.Revoke(ResidencyKey key) -> "revoke " + name(key);
            default -> action.toString();
          });
    }
    return words;
  }

  private static String name(ResidencyKey key) {
    return key.owner() + "@" + key.step();
  }
}

package jingwei.actors.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.step.StepDecision;

/**
 * The decisions of open steps, and the experts whose gradient waits for one. A decision and a
 * gradient of its step may come in either order.
 */
final class StepDecisions {
  private final int openSteps;
  private final TreeMap<Long, StepDecision> decisions = new TreeMap<>();
  private final Map<Long, TreeMap<Integer, StoredExpert>> waiting = new HashMap<>();
  private long overBefore;

  /**
   * @param openSteps most steps that are open at once
   */
  StepDecisions(int openSteps) {
    this.openSteps = openSteps;
  }

  /** The decision about a gradient; null if it is not known, and then the expert waits for it. */
  StepDecision of(long step, StoredExpert expert) {
    StepDecision decision = decisions.get(step);
    if (decision == null) {
      waiting.computeIfAbsent(step, s -> new TreeMap<>()).put(expert.owner(), expert);
    }
    return decision;
  }

  /** Whether a step is over, so that its decision may be forgotten. */
  boolean isOver(long step) {
    return step < overBefore;
  }

  /** Whether the decision about a step has come. */
  boolean isKnown(long step) {
    return decisions.containsKey(step);
  }

  /**
   * Takes the decision about a step, which is neither over nor known; returns the experts that
   * waited for it, by owner. Decisions of steps that can no longer be open are dropped.
   */
  List<StoredExpert> put(StepDecision decision) {
    long step = decision.step();
    decisions.put(step, decision);
    overBefore = Math.max(overBefore, step - openSteps);
    decisions.headMap(overBefore).clear();
    TreeMap<Integer, StoredExpert> waited = waiting.remove(step);
    return waited == null ? List.of() : List.copyOf(waited.values());
  }
}

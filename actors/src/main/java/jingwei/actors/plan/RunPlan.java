package jingwei.actors.plan;

import java.util.Objects;
import jingwei.actors.settings.ActorSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.step.StepRules;

/**
 * What every node of a run knows. The session sends it once. It never changes, and it holds nothing
 * that changes; the placement says which node does what.
 *
 * @param model the model without its weights
 * @param rules the rules of a step
 * @param batches settings of batches
 * @param settings how each device uses its machine, and how tensors move
 */
public record RunPlan(
    ModelPlan model, StepRules rules, BatchSettings batches, ActorSettings settings) {
  /**
   * @throws IllegalArgumentException if rules and batches differ in their number of replicas
   */
  public RunPlan {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(settings, "settings");
    if (rules.replicas() != batches.replicas()) {
      throw new IllegalArgumentException(
          "replicas=%d in rules and %d in batches".formatted(rules.replicas(), batches.replicas()));
    }
  }
}

package jingwei.actors;

import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/** Rules of a step for tests that do not look at its arithmetic. */
public final class TestRules {
  private static final AdamSettings ADAM =
      new AdamSettings(
          0.8,
          0.95,
          1e-8,
          1e-20,
          0.1,
          1,
          AdamSettings.Clip.GLOBAL,
          AdamSettings.Inactive.LAZY,
          AdamSettings.Clock.STEP);

  private TestRules() {}

  public static StepRules of(int delay, int bound) {
    return new StepRules(ADAM, 1, delay, bound, SpikeRule.LOGGING, Precision.FP32);
  }
}

package jingwei.model;

import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.optim.AdamSettings.Clipping;
import jingwei.model.optim.AdamSettings.Clock;
import jingwei.model.optim.AdamSettings.ExpertRules;
import jingwei.model.optim.AdamSettings.Inactive;
import jingwei.model.optim.AdamSettings.Moments;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/** The settings that tests of all modules train with. */
public final class TestSettings {
  private static final Moments MOMENTS = new Moments(0.8, 0.95, 1e-8, 1e-20);
  private static final double WEIGHT_DECAY = 0.1;
  private static final ExpertRules LAZY = new ExpertRules(Inactive.LAZY, Clock.STEP);

  private TestSettings() {}

  /** Clips the joint norm at 1 and leaves the moments of inactive experts alone. */
  public static AdamSettings adam() {
    return adam(Inactive.LAZY, Clock.STEP);
  }

  public static AdamSettings adam(Inactive inactive, Clock clock) {
    return new AdamSettings(
        MOMENTS, WEIGHT_DECAY, new Clipping(Clip.GLOBAL, 1), new ExpertRules(inactive, clock));
  }

  public static AdamSettings adam(Clip clip, double norm) {
    return new AdamSettings(MOMENTS, WEIGHT_DECAY, new Clipping(clip, norm), LAZY);
  }

  public static StepRules rules(AdamSettings adam, int replicas, int delay, int bound) {
    return new StepRules(adam, replicas, delay, bound, SpikeRule.LOGGING, Precision.FP32);
  }

  /** Two steps of warm-up, then a constant rate. */
  public static LearningRate rate() {
    return new LearningRate(LearningRate.Shape.WSD, 1e-2, 1e-3, 2, 1000, 0.1);
  }
}

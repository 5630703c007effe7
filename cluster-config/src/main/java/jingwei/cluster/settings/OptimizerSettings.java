package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.choice;
import static jingwei.cluster.settings.ConfigValues.whole;
import static jingwei.cluster.settings.ConfigValues.wholeLong;

import com.typesafe.config.Config;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/**
 * Settings of the optimizer.
 *
 * @param rules optimizer, logical replicas, staleness, spikes and precision
 * @param learningRate schedule over the steps of the run
 */
public record OptimizerSettings(StepRules rules, LearningRate learningRate) {
  /** Steps of the run. */
  public long steps() {
    return learningRate.steps();
  }

  OptimizerSettings withSteps(long steps) {
    return new OptimizerSettings(rules, learningRate.over(steps));
  }

  static OptimizerSettings of(Config config) {
    return new OptimizerSettings(
        new StepRules(
            adam(config),
            whole(config, "replicas"),
            whole(config, "delay"),
            whole(config, "bound"),
            spikes(config),
            choice(config, "precision", Precision.class)),
        learningRate(config));
  }

  private static AdamSettings adam(Config config) {
    return new AdamSettings(
        new AdamSettings.Moments(
            config.getDouble("optimizer.beta1"),
            config.getDouble("optimizer.beta2"),
            config.getDouble("optimizer.epsilon"),
            config.getDouble("optimizer.expertEpsilon")),
        config.getDouble("optimizer.weightDecay"),
        new AdamSettings.Clipping(
            choice(config, "clip", AdamSettings.Clip.class),
            config.getDouble("optimizer.clipNorm")),
        new AdamSettings.ExpertRules(
            choice(config, "optimizer.inactive", AdamSettings.Inactive.class),
            choice(config, "optimizer.clock", AdamSettings.Clock.class)));
  }

  private static SpikeRule spikes(Config config) {
    return new SpikeRule(
        choice(config, "spike.action", SpikeRule.Action.class),
        whole(config, "spike.window"),
        config.getDouble("spike.deviations"),
        whole(config, "spike.mostRefused"));
  }

  private static LearningRate learningRate(Config config) {
    return new LearningRate(
        choice(config, "learningRate.shape", LearningRate.Shape.class),
        config.getDouble("learningRate.peak"),
        config.getDouble("learningRate.end"),
        wholeLong(config, "learningRate.warmupSteps"),
        wholeLong(config, "steps"),
        config.getDouble("learningRate.decayShare"));
  }
}

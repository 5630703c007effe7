package jingwei.bench.study;

import java.io.IOException;
import java.util.List;
import jingwei.bench.text.JdkDomains;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/**
 * What random routing and few domains a step cost in quality: a learned mixture, random routing
 * with 1, 4 and 10 domains a step, and the dense model of equal compute.
 */
final class RoutingStudy implements Study {
  static final String NAME = "routing";

  /** Steps of each model, if nothing else is said. */
  static final long STEPS = 1000;

  static final String GATE = "gate";
  static final String DENSE = "dense";
  private static final String RANDOM = "random-";

  private static final int DOMAINS = 10;
  private static final int EXPERTS_PER_DOMAIN = 16;
  private static final int VOCABULARY = 4096;
  private static final int CONTEXT = 256;
  private static final int ROWS = 4;
  private static final long TEXT_BYTES = 12_000_000;
  private static final long HELD_OUT_TOKENS = 4096;
  private static final long SEED = 1;

  /**
   * It stays at its peak, so that a model may be compared at any time: none has fallen further than
   * another.
   */
  private static final LearningRate RATE =
      new LearningRate(LearningRate.Shape.WSD, 2e-3, 0, 20, 1_000_000, 0.1);

  private static final AdamSettings ADAM =
      new AdamSettings(
          new AdamSettings.Moments(0.8, 0.95, 1e-8, 1e-20),
          0.1,
          new AdamSettings.Clipping(AdamSettings.Clip.GLOBAL, 1),
          new AdamSettings.ExpertRules(AdamSettings.Inactive.LAZY, AdamSettings.Clock.STEP));

  private final long steps;
  private JdkDomains text;

  RoutingStudy(long steps) {
    this.steps = steps;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Subject> subjects() {
    return List.of(
        subject(DENSE, SEED),
        subject(GATE, SEED),
        subject(RANDOM + 1, SEED),
        subject(RANDOM + 4, SEED),
        subject(RANDOM + DOMAINS, SEED));
  }

  @Override
  public Lesson lesson(Subject subject) throws IOException {
    if (text == null) {
      text = JdkDomains.of(DOMAINS, VOCABULARY, TEXT_BYTES / DOMAINS);
    }
    String name = subject.name();
    int domainsPerBatch =
        name.startsWith(RANDOM) ? Integer.parseInt(name.substring(RANDOM.length())) : DOMAINS;
    BatchSettings batches =
        new BatchSettings(
            ROWS,
            1,
            1,
            CONTEXT,
            domainsPerBatch == DOMAINS ? 0 : domainsPerBatch,
            BatchSettings.equalWeights(DOMAINS));
    return new Lesson(
        shape(name.equals(DENSE)),
        batches,
        new StepRules(ADAM, 1, 0, 0, SpikeRule.LOGGING, Precision.FP32),
        RATE,
        new Lesson.Text(
            text.training(),
            Lesson.heldOut(text.heldOut(), batches, HELD_OUT_TOKENS),
            new LossMeter(text.bytesOfTokens(), DOMAINS)),
        subject.seed());
  }

  /** As the presets {@code demo} and {@code demo-dense}, with more domains and experts. */
  private static DecoderShape shape(boolean isDense) {
    return new DecoderShape(
        VOCABULARY,
        CONTEXT,
        new DecoderShape.Sizes(192, 3, 768),
        isDense ? new DecoderShape.Stack(3, 0, true) : new DecoderShape.Stack(1, 2, true),
        new DecoderShape.Experts(DOMAINS, isDense ? 0 : EXPERTS_PER_DOMAIN));
  }

  @Override
  public Learner open(Subject subject, Lesson lesson) {
    return subject.name().equals(GATE) ? new GateLearner(lesson) : new ActorLearner(lesson);
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public long every() {
    return Math.max(1, steps / 10);
  }
}

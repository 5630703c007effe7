package jingwei.bench.ecss;

import java.util.List;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DocumentSource;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/**
 * What a rung trains.
 *
 * @param text the training documents of each domain
 * @param domainsPerBatch domains in a step; 0 for all
 * @param delay exact staleness, in steps
 */
record Work(DecoderShape shape, List<DocumentSource> text, int domainsPerBatch, int delay) {
  static final int ROWS = 4;
  static final long SEED = 1;
  static final int EXPERTS_PER_DOMAIN = 16;

  private static final double LEARNING_RATE = 1e-3;

  static final LearningRate RATE =
      new LearningRate(LearningRate.Shape.WSD, LEARNING_RATE, 0, 20, 1_000_000, 0.1);

  static final AdamSettings ADAM =
      new AdamSettings(
          new AdamSettings.Moments(0.8, 0.95, 1e-8, 1e-20),
          0.1,
          new AdamSettings.Clipping(AdamSettings.Clip.GLOBAL, 1),
          new AdamSettings.ExpertRules(AdamSettings.Inactive.LAZY, AdamSettings.Clock.STEP));

  Work {
    text = List.copyOf(text);
  }

  /** The shape of the ladder, with so many domains. */
  static DecoderShape shape(int domains) {
    return new DecoderShape(
        8192,
        256,
        new DecoderShape.Sizes(256, 4, 1024),
        new DecoderShape.Stack(4, 2, true),
        new DecoderShape.Experts(domains, EXPERTS_PER_DOMAIN));
  }

  /** Tokens of a step, whatever is trained. */
  static int tokensPerStep(DecoderShape shape) {
    return ROWS * shape.context();
  }

  int tokensPerStep() {
    return tokensPerStep(shape);
  }

  BatchSettings batches() {
    return batches(domainsPerBatch);
  }

  /** The same batches with another number of domains in each. */
  BatchSettings batches(int domains) {
    return new BatchSettings(
        ROWS, 1, 1, shape.context(), domains, BatchSettings.equalWeights(shape.domains()));
  }

  StepRules rules() {
    return new StepRules(ADAM, 1, delay, 0, SpikeRule.LOGGING, Precision.FP32);
  }

  Decoder decoder() {
    return new Decoder(shape);
  }

  List<RouteTable> routes() {
    return ModelState.drawRoutes(shape, RouteMode.PERMUTE, SEED, null);
  }
}

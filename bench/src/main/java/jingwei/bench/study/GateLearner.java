package jingwei.bench.study;

import java.util.List;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.mixture.ExpertRules;
import jingwei.bench.mixture.ExpertStates;
import jingwei.bench.mixture.Mixture;
import jingwei.bench.mixture.MixtureTrainer;
import jingwei.bench.mixture.Routing;
import jingwei.model.data.BatchStream;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.memory.ElementType;

/**
 * The learned mixture of the ladder. All of its experts are on the device, and a step updates those
 * that it activated, as the other models do. That is the fastest form of it.
 */
final class GateLearner implements Learner {
  private final ExpertStates states;
  private final BatchStream batches;
  private final MixtureTrainer trainer;
  private long step;

  GateLearner(Lesson lesson) {
    states = new ExpertStates(lesson.decoder(), ElementType.FLOAT32, "device");
    states.initialise(lesson.seed());
    batches =
        new BatchStream(lesson.batches(), lesson.text().training(), lesson.seed(), lesson.routes());
    trainer =
        new MixtureTrainer(
            Mixture.of(
                lesson.shape(),
                lesson.rules().precision(),
                lesson.batches().tokensPerMicroBatch(),
                lesson.seed(),
                new Mixture.Optimizer(lesson.rules().adam(), lesson.rate()),
                lesson.text().meter()),
            new Routing.Gate(Routing.Gate.USUAL_BALANCE),
            ExpertRules.of(ExpertRules.Movement.NONE, ExpertRules.Updated.ACTIVATED),
            states,
            Runtime.getRuntime().availableProcessors(),
            TransportSettings.defaults());
  }

  @Override
  public void train(long untilStep) {
    trainer.run(batches::next, (int) (untilStep - step));
    step = untilStep;
  }

  @Override
  public List<DomainLoss> evaluate(List<MicroBatch> microBatches) {
    return trainer.evaluate(microBatches);
  }

  @Override
  public void close() {
    trainer.close();
    states.close();
  }
}

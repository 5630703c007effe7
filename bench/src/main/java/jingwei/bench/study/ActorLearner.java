package jingwei.bench.study;

import java.time.Duration;
import java.util.List;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.InitialStates;
import jingwei.model.step.StepsBefore;
import jingwei.streams.batch.StreamFeed;

/** The product's own trainer. */
final class ActorLearner implements Learner {
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  private final ActorTrainer trainer;

  ActorLearner(Lesson lesson) {
    DataPosition start = DataPosition.start(lesson.text().training().size());
    try (NativeMemory staging = NativeMemory.unbounded("staging")) {
      trainer =
          new ActorTrainer(
              new InitialStates(
                  lesson.decoder(), lesson.routes(), ElementType.FLOAT32, lesson.seed(), staging),
              lesson.rules(),
              new ActorSettings(
                  Runtime.getRuntime().availableProcessors(),
                  0,
                  false,
                  1,
                  DEADLINE,
                  TransportSettings.defaults()),
              new ActorTrainer.Start(
                  lesson.batches(),
                  new StreamFeed(lesson.batches(), lesson.text().training(), lesson.seed(), start),
                  start,
                  StepsBefore.START,
                  lesson.rate(),
                  NodeLauncher.inThisProcess(NodeSettings.ONE)),
              lesson.text().meter(),
              NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
              FaultPlan.none());
    }
  }

  @Override
  public void train(long untilStep) {
    trainer.run(untilStep, (batch, result, reads, activity) -> {}, () -> false);
  }

  @Override
  public List<DomainLoss> evaluate(List<MicroBatch> microBatches) {
    return trainer.evaluate(microBatches, () -> false).orElseThrow();
  }

  @Override
  public void close() {
    trainer.close();
  }
}

package jingwei.actors.train;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.state.ModelState;
import jingwei.model.step.BadStepException;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepsBefore;

/** The reference trainer as a {@link Trainer}: one thread, no actors. */
public final class ReferenceStepper implements Trainer {
  private final ReferenceTrainer trainer;
  private final BatchStream batches;

  /**
   * @param batches from the position where the run continues
   */
  public ReferenceStepper(ReferenceTrainer trainer, BatchStream batches) {
    this.trainer = trainer;
    this.batches = batches;
  }

  @Override
  public long run(long untilStep, Listener listener, BooleanSupplier stop) {
    while (batches.position().step() < untilStep && !stop.getAsBoolean()) {
      DataPosition before = batches.position();
      Batch batch = batches.next();
      Optional<StepResult> result = step(batch, stop);
      if (result.isEmpty()) {
        batches.seek(before);
        break;
      }
      listener.committed(
          batch, result.get(), Collections.unmodifiableSortedMap(new TreeMap<>()), Activity.NONE);
    }
    return batches.position().step();
  }

  private Optional<StepResult> step(Batch batch, BooleanSupplier stop) {
    try {
      return trainer.step(batch, stop);
    } catch (BadStepException bad) {
      throw TrainerFault.of("trainer", bad);
    }
  }

  @Override
  public Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop) {
    return trainer.evaluate(microBatches, stop);
  }

  @Override
  public void follow(LearningRate learningRate) {
    trainer.follow(learningRate);
  }

  @Override
  public ModelState model() {
    return trainer.model();
  }

  @Override
  public Activity activity() {
    return Activity.NONE;
  }

  @Override
  public StepsBefore before() {
    return trainer.before();
  }

  @Override
  public DataPosition position() {
    return batches.position();
  }

  @Override
  public void end(Runnable whenNothingComputes) {
    whenNothingComputes.run();
  }
}

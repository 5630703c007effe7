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
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.state.StateSource;
import jingwei.model.step.BadStepException;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepsBefore;

/** The reference trainer as a {@link Trainer}: one thread, no actors. */
public final class ReferenceStepper implements Trainer {
  private final ReferenceTrainer trainer;
  private final BatchStream batches;
  private final NativeMemory device;
  private final NativeMemory host;
  private boolean isReading;

  /**
   * @param batches from the position where the run continues
   * @param device memory of dense stages, gradients and activations; it is closed at the end
   * @param host memory of experts; it is closed at the end
   */
  public ReferenceStepper(
      ReferenceTrainer trainer, BatchStream batches, NativeMemory device, NativeMemory host) {
    this.trainer = trainer;
    this.batches = batches;
    this.device = device;
    this.host = host;
  }

  @Override
  public long run(long untilStep, Listener listener, BooleanSupplier stop) {
    while (batches.position().step() < untilStep && !stop.getAsBoolean()) {
      DataPosition before = batches.position();
      if (!hasNext(stop)) {
        break;
      }
      Batch batch = batches.next();
      Optional<StepResult> result = step(batch, stop);
      if (result.isEmpty()) {
        batches.seek(before);
        break;
      }
      listener.committed(
          batch, result.get(), Collections.unmodifiableSortedMap(new TreeMap<>()), activity());
    }
    return batches.position().step();
  }

  private boolean hasNext(BooleanSupplier stop) {
    isReading = true;
    try {
      return batches.hasNext(stop);
    } finally {
      isReading = false;
    }
  }

  private Optional<StepResult> step(Batch batch, BooleanSupplier stop) {
    try {
      return trainer.step(batch, stop);
    } catch (BadStepException bad) {
      throw TrainerFault.of(bad);
    }
  }

  @Override
  public Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop) {
    return trainer.evaluate(microBatches, stop);
  }

  @Override
  public boolean waitsForBatch() {
    return isReading;
  }

  @Override
  public void follow(LearningRate learningRate) {
    trainer.follow(learningRate);
  }

  @Override
  public StateSource states() {
    return trainer.model();
  }

  @Override
  public Activity activity() {
    return Activity.ofNoActors(new Activity.Memory(device.usedBytes(), host.usedBytes()));
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
    device.close();
    host.close();
    whenNothingComputes.run();
  }
}

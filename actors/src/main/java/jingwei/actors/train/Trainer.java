package jingwei.actors.train;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import jingwei.model.data.Batch;
import jingwei.model.data.DataPosition;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;
import jingwei.model.optim.LearningRate;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepsBefore;

/**
 * Runs the steps of a session. Between two calls it rests: weights, moments and positions may be
 * read.
 */
public interface Trainer extends AutoCloseable {
  /** Hears of every committed step, in order. */
  interface Listener {
    /**
     * @param reads where weights may be read stale, the step after which they were that each owner
     *     read, by owner index; else empty
     */
    void committed(
        Batch batch, StepResult result, SortedMap<Integer, Long> reads, Activity activity);
  }

  /**
   * Runs steps up to one, or until told to stop.
   *
   * @param stop asked all the time; open steps are then finished, or given up if that takes long
   *     and no owner may apply them yet. After a step was given up, the trainer only gives out what
   *     it has committed
   * @return the last committed step
   */
  long run(long untilStep, Listener listener, BooleanSupplier stop);

  /**
   * Losses of micro-batches under the current weights, by domain.
   *
   * @param stop asked all the time
   * @return empty if it was stopped; then the trainer only gives out what it has committed
   */
  Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop);

  /** Follows another schedule from the next step on. */
  void follow(LearningRate learningRate);

  ModelState model();

  /** What the actors have been doing since the start. */
  Activity activity();

  /** The steps before the next one. */
  StepsBefore before();

  /** Where the data goes on after the last committed step. */
  DataPosition position();

  /**
   * Ends the trainer.
   *
   * @param whenNothingComputes runs when its memory is not used any more: before this returns, but
   *     after a step was given up perhaps later
   */
  void end(Runnable whenNothingComputes);

  @Override
  default void close() {
    end(() -> {});
  }
}

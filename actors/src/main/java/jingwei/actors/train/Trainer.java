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
import jingwei.model.state.StateSource;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepsBefore;

/**
 * Runs the steps of a session. Between two calls it is idle, and weights, moments and positions may
 * be read.
 */
public interface Trainer extends AutoCloseable {
  /** Is called for every committed step, in order. */
  interface Listener {
    /**
     * @param reads by owner index, the version that each owner read: its weights as they were after
     *     this step; empty without staleness
     */
    void committed(
        Batch batch, StepResult result, SortedMap<Integer, Long> reads, Activity activity);
  }

  /**
   * Runs steps until this one is committed, or until told to stop.
   *
   * @param stop polled often; if true, open steps are finished, or given up if that takes long and
   *     no owner may apply them yet. After a step was given up, the trainer only returns committed
   *     state
   * @return the last committed step; an earlier one than asked for if no batch follows, or if the
   *     trainer was told to stop
   */
  long run(long untilStep, Listener listener, BooleanSupplier stop);

  /**
   * Losses of micro-batches under the current weights, by domain.
   *
   * @param stop polled often
   * @return empty if it was stopped; then the trainer only returns committed state
   */
  Optional<List<DomainLoss>> evaluate(List<MicroBatch> microBatches, BooleanSupplier stop);

  /**
   * Whether {@link #run} has committed every batch that it was given, and waits for the next one.
   */
  boolean waitsForBatch();

  /** Follows another schedule from the next step on. */
  void follow(LearningRate learningRate);

  /**
   * The states of all owners while the trainer is idle, valid until the next call of {@link #run}.
   */
  StateSource states();

  /** Counters of the work since the start, and the memory in use. */
  Activity activity();

  /** A summary of the steps before the next one. */
  StepsBefore before();

  /** The position in the data after the last committed step. */
  DataPosition position();

  /**
   * Ends the trainer.
   *
   * @param whenNothingComputes runs when no actor uses the memory any more: before this method
   *     returns, or possibly later if a step was given up
   */
  void end(Runnable whenNothingComputes);

  @Override
  default void close() {
    end(() -> {});
  }
}

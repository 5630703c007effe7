package jingwei.streams.session;

import java.util.List;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.data.MicroBatch;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.StepsBefore;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.StepResult;

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
   * @param stop asked after every step; open steps are finished in any case
   * @return the last committed step
   */
  long run(long untilStep, Listener listener, BooleanSupplier stop);

  /** Losses of micro-batches under the current weights, by domain. */
  List<DomainTally> evaluate(List<MicroBatch> microBatches);

  /** Follows another schedule from the next step on. */
  void follow(LearningRate learningRate);

  ReferenceModel model();

  /** What the actors have been doing since the start. */
  Activity activity();

  /** The steps before the next one. */
  StepsBefore before();

  /** Where the data goes on after the last committed step. */
  BatchStream.Position position();

  @Override
  void close();
}

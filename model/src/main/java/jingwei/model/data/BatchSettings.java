package jingwei.model.data;

import java.util.Arrays;
import java.util.List;
import jingwei.model.UserException;

/**
 * Settings of batches.
 *
 * @param rows rows per step
 * @param rowsPerMicroBatch rows per micro-batch
 * @param replicas logical replicas that share the rows of a step
 * @param context tokens per row
 * @param domainsPerBatch domains per step; 0 for all
 * @param weights relative share of each domain, any positive numbers
 */
public record BatchSettings(
    int rows,
    int rowsPerMicroBatch,
    int replicas,
    int context,
    int domainsPerBatch,
    List<Double> weights) {
  private static final long MAX_TOKENS = 1L << 30;

  public BatchSettings {
    weights = List.copyOf(weights);
    positive("batch.rows", rows);
    positive("batch.rowsPerMicroBatch", rowsPerMicroBatch);
    positive("replicas", replicas);
    positive("model.context", context);
    if ((long) rows * context > MAX_TOKENS) {
      throw new UserException(
          "batch.rows = %d times model.context = %d are %d tokens a step; at most %d are possible."
              .formatted(rows, context, (long) rows * context, MAX_TOKENS));
    }
    if (rows % rowsPerMicroBatch != 0) {
      throw new UserException(
          "batch.rows = %d is not a multiple of batch.rowsPerMicroBatch = %d; choose one that divides it."
              .formatted(rows, rowsPerMicroBatch));
    }
    if (replicas > 63 || rows / rowsPerMicroBatch % replicas != 0) {
      throw new UserException(
          "The %d micro-batches of a step (batch.rows = %d, batch.rowsPerMicroBatch = %d) cannot be shared evenly by replicas = %d; at most 63 replicas are possible."
              .formatted(rows / rowsPerMicroBatch, rows, rowsPerMicroBatch, replicas));
    }
    if (domainsPerBatch < 0 || domainsPerBatch > weights.size()) {
      throw new UserException(
          "domainsPerBatch = %d must lie between 1 and the number of domains, %d (or be 0 for all)."
              .formatted(domainsPerBatch, weights.size()));
    }
    for (double weight : weights) {
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new UserException(
            "domain weights must be positive numbers, but one is %s.".formatted(weight));
      }
    }
  }

  /** Largest number of tokens in a micro-batch. */
  public int tokensPerMicroBatch() {
    return rowsPerMicroBatch * context;
  }

  /** The same share for every domain. */
  public static List<Double> equalWeights(int domains) {
    Double[] equal = new Double[domains];
    Arrays.fill(equal, 1.0);
    return List.of(equal);
  }

  private static void positive(String key, int value) {
    if (value <= 0) {
      throw new UserException("%s = %d must be above zero.".formatted(key, value));
    }
  }
}

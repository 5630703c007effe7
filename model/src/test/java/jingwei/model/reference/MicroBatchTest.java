package jingwei.model.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.MicroBatch;
import jingwei.model.data.MicroBatchBuilder;
import jingwei.model.loss.DomainLoss;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;
import org.junit.jupiter.api.Test;

/** A token's loss depends only on the preceding tokens of its document. */
class MicroBatchTest {
  private static final List<List<EncodedDocument>> DOCUMENTS =
      List.of(TinyRun.documents(0, 9, 23), TinyRun.documents(1, 6, 41));

  private static final List<EncodedDocument> SHORT = TinyRun.documents(0, 2, 15);

  /** A step has 8 rows, in micro-batches of 1, 2 or 8. */
  @Test
  void theSizeOfMicroBatchesChangesOnlyRounding() {
    List<double[]> weights = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (int rows : new int[] {1, 2, 8}) {
      try (TinyRun run = new TinyRun()) {
        BatchStream batches = TinyRun.batches(8, rows, DOCUMENTS);
        losses.add(run.trainer.step(batches.next()).loss());
        weights.add(flat(run.model));
      }
    }
    for (int other = 1; other < 3; other++) {
      assertEquals(losses.get(0), losses.get(other), 1e-6 * losses.get(0));
      assertTrue(relativeDistance(weights.get(0), weights.get(other)) < 1e-6);
    }
  }

  /**
   * The mean is over all target tokens of the step, however unevenly they are distributed over
   * micro-batches.
   */
  @Test
  void everyTargetTokenOfAStepCountsTheSame() {
    MicroBatch full = pack(SHORT.get(0), SHORT.get(1));
    MicroBatch small = pack(new EncodedDocument("short", 1, new int[] {3, 5, 7}));
    try (TinyRun run = new TinyRun()) {
      double sum = 0;
      for (MicroBatch each : List.of(full, small)) {
        sum += lossSum(run, each);
      }
      Batch uneven = TinyRun.batch(1, full, small);
      double loss = run.trainer.step(uneven).loss();
      assertEquals(sum / (full.numTargets() + small.numTargets()), loss, 1e-6);
    }
  }

  /**
   * Tokens without a target act like padding. The library may sum a product with another number of
   * rows in another order, so the last digit may differ.
   */
  @Test
  void tokensWithoutATargetChangeNoLossAndNoWeight() {
    EncodedDocument document = SHORT.getFirst();
    MicroBatch plain = pack(document);
    MicroBatch padded = padded(plain, 5);
    try (TinyRun one = new TinyRun();
        TinyRun other = new TinyRun()) {
      assertArrayEquals(
          losses(one, plain), Arrays.copyOf(losses(other, padded), plain.numTokens()), 1e-6);
      one.trainer.step(TinyRun.batch(1, plain));
      other.trainer.step(TinyRun.batch(1, padded));
      assertTrue(relativeDistance(flat(one.model), flat(other.model)) < 1e-6);
    }
  }

  @Test
  void documentsOfARowNeverSeeEachOther() {
    EncodedDocument mine = new EncodedDocument("mine", 0, new int[] {1, 4, 9, 16, 25, 5});
    EncodedDocument before = new EncodedDocument("before", 1, new int[] {2, 3, 5, 7, 11});
    EncodedDocument changed = new EncodedDocument("changed", 1, new int[] {30, 29, 28, 27, 26});
    try (TinyRun run = new TinyRun()) {
      double[] alone = losses(run, pack(mine));
      for (EncodedDocument neighbour : List.of(before, changed)) {
        double[] after = losses(run, pack(neighbour, mine));
        double[] first = losses(run, pack(mine, neighbour));
        assertArrayEquals(alone, Arrays.copyOfRange(after, neighbour.inputs(), after.length), 1e-6);
        assertArrayEquals(alone, Arrays.copyOf(first, mine.inputs()), 1e-6);
      }
    }
  }

  private static MicroBatch pack(EncodedDocument... documents) {
    int tokens = Arrays.stream(documents).mapToInt(EncodedDocument::inputs).sum();
    MicroBatchBuilder builder = new MicroBatchBuilder(64, 1);
    for (EncodedDocument document : documents) {
      builder.add(document, 0, document.inputs());
    }
    MicroBatch packed = builder.build().getFirst();
    assertEquals(tokens, packed.numTokens());
    return packed;
  }

  private static MicroBatch padded(MicroBatch batch, int more) {
    int n = batch.numTokens();
    int[] targets = Arrays.copyOf(batch.targets(), n + more);
    Arrays.fill(targets, n, n + more, -1);
    int[] positions = Arrays.copyOf(batch.positions(), n + more);
    IntStream.range(0, more).forEach(i -> positions[n + i] = i);
    int[] segments = Arrays.copyOf(batch.segments(), batch.segments().length + 1);
    segments[segments.length - 1] = n + more;
    return new MicroBatch(
        Arrays.copyOf(batch.tokens(), n + more),
        targets,
        positions,
        Arrays.copyOf(batch.domains(), n + more),
        segments);
  }

  private static double lossSum(TinyRun run, MicroBatch batch) {
    return run.trainer.evaluate(List.of(batch)).stream().mapToDouble(DomainLoss::lossSum).sum();
  }

  /** The loss of each token, computed with targets for this token only. */
  private static double[] losses(TinyRun run, MicroBatch batch) {
    double[] losses = new double[batch.numTokens()];
    for (int i = 0; i < losses.length; i++) {
      int[] only = new int[losses.length];
      Arrays.fill(only, -1);
      only[i] = batch.targets()[i];
      losses[i] =
          lossSum(
              run,
              new MicroBatch(
                  batch.tokens(), only, batch.positions(), batch.domains(), batch.segments()));
    }
    return losses;
  }

  private static double[] flat(ModelState model) {
    List<Double> values = new ArrayList<>();
    for (OwnerState state : model.states()) {
      for (int i = 0; i < state.weights().flat().columns(); i++) {
        values.add(state.weights().flat().get(0, i));
      }
    }
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double relativeDistance(double[] a, double[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      difference += (a[i] - b[i]) * (a[i] - b[i]);
      size += a[i] * a[i];
    }
    return Math.sqrt(difference / size);
  }
}

package jingwei.model.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.routing.RoutePlan;

/**
 * The share of one device in a batch: the micro-batches of its replicas. Each micro-batch keeps the
 * index that it has in the whole batch.
 *
 * @param totals numbers of the whole batch
 * @param indices indices of the micro-batches in the whole batch, ascending; read-only
 * @param microBatches the micro-batches, in the same order
 * @param routes routes of these micro-batches alone, by place in this part
 * @param experts the experts that the whole batch activates, on any device
 */
@SuppressWarnings("ArrayRecordComponent") // read by index, never compared
public record BatchPart(
    BatchTotals totals,
    int[] indices,
    List<MicroBatch> microBatches,
    BatchRoutes routes,
    ActiveExperts experts) {
  public BatchPart {
    microBatches = List.copyOf(microBatches);
    if (indices.length == 0 || indices.length != microBatches.size()) {
      throw new IllegalArgumentException(
          "indices=%d microBatches=%d".formatted(indices.length, microBatches.size()));
    }
    for (int place = 0; place < indices.length; place++) {
      int least = place == 0 ? 0 : indices[place - 1] + 1;
      if (indices[place] < least || indices[place] >= totals.microBatches()) {
        throw new IllegalArgumentException(
            "indices=%s of %d micro-batches"
                .formatted(Arrays.toString(indices), totals.microBatches()));
      }
    }
    if (routes.microBatches() != indices.length || routes.layers() != experts.layers()) {
      throw new IllegalArgumentException(
          "routes of %d micro-batches and %d layers, but indices=%d layers=%d"
              .formatted(routes.microBatches(), routes.layers(), indices.length, experts.layers()));
    }
    for (int place = 0; place < indices.length; place++) {
      int tokens = microBatches.get(place).numTokens();
      if (routes.plans(place).stream().anyMatch(plan -> plan.numTokens() != tokens)) {
        throw new IllegalArgumentException(
            "micro-batch %d has %d tokens, its routes another number"
                .formatted(indices[place], tokens));
      }
    }
  }

  /** The whole batch, on one device. Micro-batches and routes are shared with the batch. */
  public static BatchPart whole(Batch batch) {
    return new BatchPart(
        BatchTotals.of(batch),
        IntStream.range(0, batch.microBatches().size()).toArray(),
        batch.microBatches(),
        batch.routes(),
        ActiveExperts.ofOneDevice(batch.routes()));
  }

  public long step() {
    return totals.step();
  }

  /** True for a training step, false for an evaluation. */
  public boolean isTraining() {
    return totals.isTraining();
  }

  /** Number of tokens with a target in the whole batch. */
  public int numTargets() {
    return totals.targets();
  }

  /** Whether the part has the micro-batch with this index. */
  public boolean has(int index) {
    return Arrays.binarySearch(indices, index) >= 0;
  }

  /**
   * @param index in the whole batch
   * @throws IllegalArgumentException if the micro-batch is not in the part, as in all methods below
   */
  public MicroBatch microBatch(int index) {
    return microBatches.get(place(index));
  }

  /** Route plans of a micro-batch, one per RRE layer. */
  public List<RoutePlan> plans(int index) {
    return routes.plans(place(index));
  }

  /** True if no later micro-batch of the part activates this expert. */
  public boolean isLastUse(int index, int layer, int expert) {
    return routes.isLastUse(place(index), layer, expert);
  }

  /** True if no later micro-batch of the part belongs to the same replica. */
  public boolean isLastOfReplica(int index) {
    int next = place(index) + 1;
    return next == indices.length || replicaOf(indices[next]) != replicaOf(index);
  }

  /** True for the last micro-batch of the part. */
  public boolean isLast(int index) {
    return place(index) == indices.length - 1;
  }

  /** The logical replica of a micro-batch. */
  public int replicaOf(int index) {
    return totals.replicaOf(index);
  }

  /** The logical replicas of the part, in ascending order. */
  public List<Integer> replicas() {
    return Arrays.stream(indices).map(this::replicaOf).distinct().boxed().toList();
  }

  private int place(int index) {
    int place = Arrays.binarySearch(indices, index);
    if (place < 0) {
      throw new IllegalArgumentException(
          "micro-batch %d is not among %s".formatted(index, Arrays.toString(indices)));
    }
    return place;
  }
}

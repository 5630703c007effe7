package jingwei.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/** The routes of all tokens of a batch, known as soon as the batch is packed. */
public final class BatchRoutes {
  private final List<List<RoutePlan>> plans;

  /**
   * The last micro-batch with a token for each layer and expert, [layers][experts]; -1 if there is
   * none.
   */
  private final int[][] lastUse;

  private BatchRoutes(List<List<RoutePlan>> plans, int[][] lastUse) {
    this.plans = plans;
    this.lastUse = lastUse;
  }

  /**
   * @param tables one table per RRE layer
   */
  public static BatchRoutes of(List<MicroBatch> microBatches, List<RouteTable> tables) {
    List<List<RoutePlan>> plans = new ArrayList<>();
    for (MicroBatch microBatch : microBatches) {
      plans.add(
          tables.stream()
              .map(table -> RoutePlan.of(table, microBatch.tokens(), microBatch.domains()))
              .toList());
    }
    return of(plans, tables.stream().mapToInt(RouteTable::numExperts).toArray());
  }

  /** The routes of these micro-batches alone, by their order. */
  BatchRoutes only(int[] microBatches) {
    return of(
        Arrays.stream(microBatches).mapToObj(plans::get).toList(),
        Arrays.stream(lastUse).mapToInt(experts -> experts.length).toArray());
  }

  /**
   * Routes that came from another node.
   *
   * @param plans of each micro-batch, one per RRE layer
   * @param numExperts of each layer
   * @throws IllegalArgumentException if the plans do not fit the layers and their experts
   */
  public static BatchRoutes of(List<List<RoutePlan>> plans, int[] numExperts) {
    if (plans.stream().anyMatch(each -> each.size() != numExperts.length)
        || Arrays.stream(numExperts).anyMatch(n -> n < 0 || n > Short.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "experts=%s plans=%s"
              .formatted(Arrays.toString(numExperts), plans.stream().map(List::size).toList()));
    }
    int[][] lastUse = new int[numExperts.length][];
    for (int layer = 0; layer < lastUse.length; layer++) {
      lastUse[layer] = new int[numExperts[layer]];
      Arrays.fill(lastUse[layer], -1);
      for (int m = 0; m < plans.size(); m++) {
        RoutePlan plan = plans.get(m).get(layer);
        int numActive = plan.numActive();
        if (numActive > 0 && plan.expert(numActive - 1) >= numExperts[layer]) {
          throw new IllegalArgumentException(
              "layer=%d expert=%d of %d"
                  .formatted(layer, plan.expert(numActive - 1), numExperts[layer]));
        }
        for (int i = 0; i < numActive; i++) {
          lastUse[layer][plan.expert(i)] = m;
        }
      }
    }
    return new BatchRoutes(List.copyOf(plans), lastUse);
  }

  /** Plans of a micro-batch, one per RRE layer. */
  public List<RoutePlan> plans(int microBatch) {
    return plans.get(microBatch);
  }

  /** Number of micro-batches. */
  public int microBatches() {
    return plans.size();
  }

  /** Number of experts of each layer. */
  public int[] numExperts() {
    return Arrays.stream(lastUse).mapToInt(experts -> experts.length).toArray();
  }

  /** Number of RRE layers. */
  public int layers() {
    return lastUse.length;
  }

  /** True if no later micro-batch of the step activates this expert. */
  public boolean isLastUse(int microBatch, int layer, int expert) {
    return lastUse[layer][expert] == microBatch;
  }

  /** Experts of a layer with at least one token, in ascending order. */
  public IntStream active(int layer) {
    int[] own = lastUse[layer];
    return IntStream.range(0, own.length).filter(expert -> own[expert] >= 0);
  }
}

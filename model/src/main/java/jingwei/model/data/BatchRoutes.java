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

  private final int[] numExperts;

  /** The experts of each layer with at least one token, in ascending order, [layers][active]. */
  private final int[][] active;

  /** For each of them, the last micro-batch with a token for it, [layers][active]. */
  private final int[][] lastUse;

  private BatchRoutes(
      List<List<RoutePlan>> plans, int[] numExperts, int[][] active, int[][] lastUse) {
    this.plans = plans;
    this.numExperts = numExperts;
    this.active = active;
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
    return of(Arrays.stream(microBatches).mapToObj(plans::get).toList(), numExperts);
  }

  /**
   * Routes that came from another node. They take as much memory as their plans, whatever the
   * numbers of experts are.
   *
   * @param plans of each micro-batch, one per RRE layer
   * @param numExperts of each layer
   * @throws IllegalArgumentException if the plans do not fit the layers and their experts, or there
   *     are layers without plans
   */
  public static BatchRoutes of(List<List<RoutePlan>> plans, int[] numExperts) {
    if ((plans.isEmpty() && numExperts.length > 0)
        || plans.stream().anyMatch(each -> each.size() != numExperts.length)
        || Arrays.stream(numExperts).anyMatch(n -> n < 0 || n > Short.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "experts=%s plans=%s"
              .formatted(Arrays.toString(numExperts), plans.stream().map(List::size).toList()));
    }
    int[][] active = new int[numExperts.length][];
    int[][] lastUse = new int[numExperts.length][];
    for (int layer = 0; layer < lastUse.length; layer++) {
      int[] own = active(plans, layer);
      if (own.length > 0 && own[own.length - 1] >= numExperts[layer]) {
        throw new IllegalArgumentException(
            "layer=%d expert=%d of %d".formatted(layer, own[own.length - 1], numExperts[layer]));
      }
      active[layer] = own;
      lastUse[layer] = new int[own.length];
      for (int m = 0; m < plans.size(); m++) {
        RoutePlan plan = plans.get(m).get(layer);
        for (int i = 0; i < plan.numActive(); i++) {
          lastUse[layer][Arrays.binarySearch(own, plan.expert(i))] = m;
        }
      }
    }
    return new BatchRoutes(List.copyOf(plans), numExperts.clone(), active, lastUse);
  }

  private static int[] active(List<List<RoutePlan>> plans, int layer) {
    return plans.stream()
        .map(each -> each.get(layer))
        .flatMapToInt(plan -> IntStream.range(0, plan.numActive()).map(plan::expert))
        .sorted()
        .distinct()
        .toArray();
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
    return numExperts.clone();
  }

  /** Number of RRE layers. */
  public int layers() {
    return lastUse.length;
  }

  /** True if no later micro-batch of the step activates this expert. */
  public boolean isLastUse(int microBatch, int layer, int expert) {
    int place = Arrays.binarySearch(active[layer], expert);
    return place >= 0 && lastUse[layer][place] == microBatch;
  }

  /** Experts of a layer with at least one token, in ascending order. */
  public IntStream active(int layer) {
    return Arrays.stream(active[layer]);
  }
}

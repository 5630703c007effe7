package jingwei.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/**
 * A batch and where all its tokens go: known as soon as the batch is tokenised, before any device
 * sees it.
 */
public final class RoutedBatch {
  private final Batch batch;
  private final List<List<RoutePlan>> plans;
  private final int[][] lastUse;

  private RoutedBatch(Batch batch, List<List<RoutePlan>> plans, int[][] lastUse) {
    this.batch = batch;
    this.plans = plans;
    this.lastUse = lastUse;
  }

  /**
   * @param tables one for each RRE layer
   */
  public static RoutedBatch of(Batch batch, List<RouteTable> tables) {
    List<List<RoutePlan>> plans = new ArrayList<>();
    int[][] lastUse = new int[tables.size()][];
    for (int layer = 0; layer < lastUse.length; layer++) {
      lastUse[layer] = new int[tables.get(layer).numExperts()];
      Arrays.fill(lastUse[layer], -1);
    }
    for (int m = 0; m < batch.microBatches().size(); m++) {
      MicroBatch microBatch = batch.microBatches().get(m);
      List<RoutePlan> own = new ArrayList<>();
      for (int layer = 0; layer < lastUse.length; layer++) {
        RoutePlan plan = RoutePlan.of(tables.get(layer), microBatch.tokens(), microBatch.domains());
        own.add(plan);
        for (int i = 0; i < plan.numActive(); i++) {
          lastUse[layer][plan.expert(i)] = m;
        }
      }
      plans.add(List.copyOf(own));
    }
    return new RoutedBatch(batch, List.copyOf(plans), lastUse);
  }

  public Batch batch() {
    return batch;
  }

  /** Plans of a micro-batch, one for each RRE layer. */
  public List<RoutePlan> plans(int microBatch) {
    return plans.get(microBatch);
  }

  public int layers() {
    return lastUse.length;
  }

  /** Whether any token of the batch goes to this expert of a layer. */
  public boolean activates(int layer, int expert) {
    return lastUse[layer][expert] >= 0;
  }

  /** Whether no later micro-batch of the step activates this expert. */
  public boolean isLastUse(int microBatch, int layer, int expert) {
    return lastUse[layer][expert] == microBatch;
  }

  /** Experts that get at least one token, all layers together. */
  public int numActive() {
    int active = 0;
    for (int[] layer : lastUse) {
      for (int last : layer) {
        active += last >= 0 ? 1 : 0;
      }
    }
    return active;
  }
}

package jingwei.bench.mixture;

import java.util.Arrays;
import java.util.List;
import jingwei.model.routing.RoutePlan;

/** The experts of one layer that the micro-batches of a step activate. Reused step by step. */
final class ActiveExperts {
  private final int[] experts;
  private int count;

  /** Index of an expert among the active ones of a micro-batch, or -1, [micro-batches][experts]. */
  private int[][] indices = new int[0][];

  ActiveExperts(int numExperts) {
    experts = new int[numExperts];
  }

  /**
   * @param plans of the layer, by micro-batch
   */
  void set(List<RoutePlan> plans) {
    if (indices.length < plans.size()) {
      indices = new int[plans.size()][experts.length];
    }
    for (int m = 0; m < plans.size(); m++) {
      Arrays.fill(indices[m], -1);
      for (int i = 0; i < plans.get(m).numActive(); i++) {
        indices[m][plans.get(m).expert(i)] = i;
      }
    }
    count = 0;
    for (int expert = 0; expert < experts.length; expert++) {
      boolean isActive = false;
      for (int m = 0; m < plans.size(); m++) {
        isActive |= indices[m][expert] >= 0;
      }
      if (isActive) {
        experts[count++] = expert;
      }
    }
  }

  /** Number of experts of the layer. */
  int size() {
    return experts.length;
  }

  /** Number of active ones. */
  int count() {
    return count;
  }

  /** The i-th one in ascending order, counted within the layer. */
  int expert(int i) {
    return experts[i];
  }

  /** Index of an expert in the plan of a micro-batch, or -1. */
  int indexIn(int microBatch, int expert) {
    return indices[microBatch][expert];
  }
}

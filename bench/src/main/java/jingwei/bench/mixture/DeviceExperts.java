package jingwei.bench.mixture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;

/**
 * The buffers of experts on the device, for weights or for gradients. Either every expert has one
 * of its own, or those of a step share a pool, which grows in warm-up.
 */
final class DeviceExperts {
  private final ExpertTensor[] byExpert;
  private final boolean isPool;
  private final Supplier<ExpertTensor> allocate;
  private final Deque<ExpertTensor> free = new ArrayDeque<>();

  private DeviceExperts(int experts, boolean isPool, Supplier<ExpertTensor> allocate) {
    byExpert = new ExpertTensor[experts];
    this.isPool = isPool;
    this.allocate = allocate;
  }

  /** A buffer for each expert. */
  static DeviceExperts all(int experts, Supplier<ExpertTensor> allocate) {
    DeviceExperts all = new DeviceExperts(experts, false, allocate);
    for (int expert = 0; expert < experts; expert++) {
      all.byExpert[expert] = allocate.get();
    }
    return all;
  }

  /** Buffers for the experts of a step. */
  static DeviceExperts pool(int experts, Supplier<ExpertTensor> allocate) {
    return new DeviceExperts(experts, true, allocate);
  }

  /** Gives an expert a buffer, if it has none. */
  void take(int expert) {
    if (byExpert[expert] == null) {
      byExpert[expert] = free.isEmpty() ? allocate.get() : free.pop();
    }
  }

  /** Ends the step: buffers of a pool are free again, and gradients are no longer started. */
  void release() {
    for (int expert = 0; expert < byExpert.length; expert++) {
      if (byExpert[expert] != null) {
        byExpert[expert].shaped().reset();
        if (isPool) {
          free.push(byExpert[expert]);
          byExpert[expert] = null;
        }
      }
    }
  }

  ExpertTensor tensor(int expert) {
    return byExpert[expert];
  }

  ParameterSet weights(int expert) {
    return byExpert[expert].values();
  }

  Gradients gradients(int expert) {
    return byExpert[expert].shaped();
  }
}

package jingwei.actors.device;

import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Room for one expert on the device: its weights and its running gradient, one after the other.
 * Whoever holds the lease is the only one to touch it.
 */
final class Slot {
  private final int index;
  private final ParameterSet weights;
  private final Matrix gradientBytes;
  private final ReplicaGradients gradients;

  Slot(int index, ParameterLayout layout, int replicas, ElementType type, NativeMemory memory) {
    this.index = index;
    int length = Math.toIntExact(layout.length());
    Matrix flat = memory.matrix(type, 1, (1L + replicas) * length);
    weights = new ParameterSet(layout, flat.columns(0, length));
    gradientBytes = flat.columns(length, (1 + replicas) * length);
    gradients = new ReplicaGradients(layout, replicas, gradientBytes);
  }

  static long bytes(ParameterLayout layout, int replicas, ElementType type) {
    return NativeMemory.rounded((1L + replicas) * layout.length() * type.bytes());
  }

  int index() {
    return index;
  }

  ParameterSet weights() {
    return weights;
  }

  ReplicaGradients gradients() {
    return gradients;
  }

  /** The running sums of all replicas, [1, replicas * length]. */
  Matrix gradientBytes() {
    return gradientBytes;
  }
}

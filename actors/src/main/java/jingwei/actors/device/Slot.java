package jingwei.actors.device;

import jingwei.actors.buffer.GradientBuffer;
import jingwei.actors.buffer.SlotWeights;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * Room for one expert on the device: its weights and its partial gradient. Only the expert that
 * holds the lease touches it.
 */
final class Slot {
  private final int index;
  private final SlotWeights weights;
  private final GradientBuffer gradients;

  Slot(int index, ParameterLayout layout, int replicas, ElementType type, NativeMemory memory) {
    this.index = index;
    weights = new SlotWeights(layout, type, memory);
    gradients = new GradientBuffer(layout, replicas, type, memory);
  }

  static long bytes(ParameterLayout layout, int replicas, ElementType type) {
    return NativeMemory.rounded(layout.length() * type.bytes())
        + GradientBuffer.bytes(layout, replicas, type);
  }

  int index() {
    return index;
  }

  ParameterSet weights() {
    return weights.current();
  }

  SlotWeights slotWeights() {
    return weights;
  }

  ReplicaGradients gradients() {
    return gradients.gradients();
  }

  GradientBuffer gradientBuffer() {
    return gradients;
  }
}

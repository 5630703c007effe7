package jingwei.actors.store;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.buffer.GradientBuffer;
import jingwei.model.decoder.Decoder;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.WeightHistory;

/**
 * The experts of a store by owner, and buffers for incoming gradients. The store and its updaters
 * share it and touch only what a message has handed them.
 */
public final class StoreTable {
  private final Map<Integer, StoredExpert> experts = new HashMap<>();
  private final Decoder decoder;
  private final ParameterLayout layout;
  private final int replicas;
  private final ElementType type;
  private final NativeMemory memory;
  private final Deque<GradientBuffer> freeGradients = new ArrayDeque<>();
  private final Deque<Matrix> freeSums = new ArrayDeque<>();

  /**
   * Takes over the states of all experts.
   *
   * @param weights of all owners, by index
   * @param memory for gradients
   */
  public StoreTable(
      Decoder decoder,
      List<WeightHistory> weights,
      int replicas,
      ElementType type,
      NativeMemory memory) {
    this.decoder = decoder;
    this.layout = decoder.expertLayout();
    this.replicas = replicas;
    this.type = type;
    this.memory = memory;
    for (int owner = 0; owner < weights.size(); owner++) {
      if (weights.get(owner).state().owner().isExpert()) {
        experts.put(owner, new StoredExpert(owner, weights.get(owner)));
      }
    }
  }

  /**
   * @param step that the expert is asked about, for the message
   * @throws IllegalStateException if the owner is no expert
   */
  StoredExpert expert(int owner, long step) {
    StoredExpert expert = experts.get(owner);
    if (expert == null) {
      boolean isNamed = owner >= 0 && owner < decoder.owners().size();
      throw new IllegalStateException(
          "actor=store owner=%s step=%d: it is no expert"
              .formatted(isNamed ? decoder.owners().get(owner).name() : owner, step));
    }
    return expert;
  }

  /** A buffer for a complete gradient. Only the store calls this. */
  GradientBuffer takeGradient() {
    return freeGradients.isEmpty()
        ? new GradientBuffer(layout, 1, type, memory)
        : freeGradients.pop();
  }

  void giveBack(GradientBuffer gradient) {
    freeGradients.push(gradient);
  }

  /** A buffer for the sums of all replicas. Only the store calls this. */
  Matrix takeSums() {
    return freeSums.isEmpty() ? memory.matrix(type, 1, replicas * layout.length()) : freeSums.pop();
  }

  void giveBack(Matrix sums) {
    freeSums.push(sums);
  }
}

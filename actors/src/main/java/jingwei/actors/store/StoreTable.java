package jingwei.actors.store;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import jingwei.actors.buffer.GradientBuffer;
import jingwei.actors.transport.TensorRef;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/**
 * The experts of a store by owner, and buffers for incoming gradients. The store and its updaters
 * share it and touch only what a message has handed them.
 */
public final class StoreTable {
  private final Map<Integer, StoredExpert> experts = new HashMap<>();
  private final Decoder decoder;
  private final ParameterLayout layout;
  private final ElementType type;
  private final InitialWeights initialWeights;
  private final NativeMemory memory;
  private final LongAdder updateNanos = new LongAdder();
  private final Deque<GradientBuffer> freeGradients = new ArrayDeque<>();

  /** By number of elements, since devices may have different numbers of replicas. */
  private final Map<Long, Deque<Matrix>> freeSums = new HashMap<>();

  /**
   * A table of experts that take no memory yet.
   *
   * @param owners indices of the experts that the store keeps
   * @param initialWeights the rule of their weights when they are first used
   * @param memory for their weights, moments and gradients
   */
  public StoreTable(
      Decoder decoder,
      Collection<Integer> owners,
      ElementType type,
      InitialWeights initialWeights,
      NativeMemory memory) {
    this.decoder = decoder;
    this.layout = decoder.expertLayout();
    this.type = type;
    this.initialWeights = initialWeights;
    this.memory = memory;
    owners.forEach(
        owner -> experts.put(owner, new StoredExpert(owner, decoder.owners().get(owner))));
  }

  /**
   * @param step that the expert is asked about, for the message
   * @throws IllegalStateException if the store does not keep such an expert
   */
  StoredExpert expert(int owner, long step) {
    StoredExpert expert = experts.get(owner);
    if (expert == null) {
      boolean isNamed = owner >= 0 && owner < decoder.owners().size();
      throw new IllegalStateException(
          "actor=store owner=%s step=%d: the store has no such expert"
              .formatted(isNamed ? decoder.owners().get(owner).name() : owner, step));
    }
    return expert;
  }

  /** The state of an expert, which is zero if it had no memory before, to be filled. */
  WeightHistory stateToFill(StoredExpert expert) {
    if (!expert.hasState()) {
      expert.begin(newState(expert));
    }
    return expert.weights();
  }

  /**
   * The state of an expert. If it had no memory before, its initial weights are drawn, which takes
   * a few milliseconds.
   *
   * @throws jingwei.model.memory.OutOfBudgetException if there is no memory for it
   */
  WeightHistory state(StoredExpert expert) {
    if (!expert.hasState()) {
      WeightHistory state = newState(expert);
      initialWeights.draw(state.state());
      expert.begin(state);
    }
    return expert.weights();
  }

  private WeightHistory newState(StoredExpert expert) {
    Owner named = decoder.owners().get(expert.owner());
    return new WeightHistory(new OwnerState(named, type, memory), type, memory);
  }

  /** An updater has worked for so long. */
  void updated(long nanos) {
    updateNanos.add(nanos);
  }

  /** Computing time of all updaters since the start. */
  long updateNanos() {
    return updateNanos.sum();
  }

  /** Bytes of the host's memory in use. */
  long memoryBytes() {
    return memory.usedBytes();
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

  /**
   * Checks the size of a tensor that a device announces, before a buffer is taken for it.
   *
   * @param least number of replicas whose sums it may hold
   * @param most number of them
   * @throws IllegalStateException if it holds something else
   */
  void requireSums(TensorRef tensor, int least, int most) {
    long length = layout.length();
    long replicas = tensor.elements() / length;
    if (tensor.type() != type
        || tensor.elements() % length != 0
        || replicas < least
        || replicas > most) {
      throw new IllegalStateException(
          "actor=store tensor=%s step=%d: %d elements of %s are announced, not the sums of %d to %d replicas with %d elements of %s each"
              .formatted(
                  tensor.name(),
                  tensor.version(),
                  tensor.elements(),
                  tensor.type(),
                  least,
                  most,
                  length,
                  type));
    }
  }

  /** A buffer for the sums of a device's replicas. Only the store calls this. */
  Matrix takeSums(long elements) {
    Deque<Matrix> free = freeSums.get(elements);
    return free == null || free.isEmpty() ? memory.matrix(type, 1, elements) : free.pop();
  }

  void giveBack(Matrix sums) {
    freeSums.computeIfAbsent(sums.size(), size -> new ArrayDeque<>()).push(sums);
  }

  /**
   * Adds up the shares of several devices in the order of their replicas, as the reference trainer
   * does. The sum is in the buffer of one of them.
   */
  Gradients join(List<PendingGradient.Share> shares, Kernels kernels) {
    Gradients total = null;
    for (int replica = 0; replica < Long.SIZE; replica++) {
      for (PendingGradient.Share share : shares) {
        if ((share.of().started() >> replica & 1) == 0) {
          continue;
        }
        Matrix part = part(share, replica);
        if (total == null) {
          total = new Gradients(new ParameterSet(layout, part));
        } else {
          kernels.add(part, total.values().flat());
        }
      }
    }
    return total;
  }

  private Matrix part(PendingGradient.Share share, int replica) {
    int length = Math.toIntExact(layout.length());
    int place = share.of().placeOf(replica);
    return share.sums().columns(place * length, (place + 1) * length);
  }
}

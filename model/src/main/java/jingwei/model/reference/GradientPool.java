package jingwei.model.reference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * Partial gradients of the active owners of a step, one per logical replica, summed over
 * micro-batches. The buffers of experts are reused by other experts in the next step. So there are
 * as many as the largest number of active experts in a step.
 */
final class GradientPool {
  private final Decoder decoder;
  private final int replicas;
  private final ElementType type;
  private final NativeMemory memory;
  private final ReplicaGradients[] byOwner;
  private final Deque<ReplicaGradients> freeExperts = new ArrayDeque<>();
  private final SortedMap<Integer, ReplicaGradients> active = new TreeMap<>();

  GradientPool(Decoder decoder, int replicas, ElementType type, NativeMemory memory) {
    this.decoder = decoder;
    this.replicas = replicas;
    this.type = type;
    this.memory = memory;
    this.byOwner = new ReplicaGradients[decoder.owners().size()];
  }

  /**
   * The partial gradient of an owner in one replica. The owner is an index into {@link
   * Decoder#owners()}.
   */
  Gradients of(int owner, int replica) {
    ReplicaGradients gradients = byOwner[owner];
    if (gradients == null) {
      gradients = newGradients(decoder.owners().get(owner));
      byOwner[owner] = gradients;
      active.put(owner, gradients);
    }
    return gradients.of(replica);
  }

  /** Gradients of the active owners of the step, in ascending order of owner index. */
  SortedMap<Integer, ReplicaGradients> active() {
    return active;
  }

  /** Clears all gradients at the end of a step. */
  void release() {
    active.forEach(
        (owner, gradients) -> {
          gradients.reset();
          if (decoder.owners().get(owner).isExpert()) {
            freeExperts.push(gradients);
            byOwner[owner] = null;
          }
        });
    active.keySet().removeIf(owner -> decoder.owners().get(owner).isExpert());
  }

  private ReplicaGradients newGradients(Owner owner) {
    if (owner.isExpert() && !freeExperts.isEmpty()) {
      return freeExperts.pop();
    }
    return new ReplicaGradients(owner.layout(), replicas, type, memory);
  }
}

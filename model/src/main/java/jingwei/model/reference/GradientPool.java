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
 * Gradients of the owners that a step touches, added up over its micro-batches. Buffers of experts
 * are used again by other experts in the next step, so there are as many as the step with the most
 * activated experts needs.
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

  /** The gradient of an owner, by its index in {@link Decoder#owners()}. */
  Gradients of(int owner, int replica) {
    ReplicaGradients gradients = byOwner[owner];
    if (gradients == null) {
      gradients = newGradients(decoder.owners().get(owner));
      byOwner[owner] = gradients;
      active.put(owner, gradients);
    }
    return gradients.of(replica);
  }

  /** Gradients of the owners that the step touched, by owner index, rising. */
  SortedMap<Integer, ReplicaGradients> active() {
    return active;
  }

  /** Forgets all gradients; the step is over. */
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

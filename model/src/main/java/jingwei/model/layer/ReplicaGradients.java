package jingwei.model.layer;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.kernel.Kernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The gradient of one owner over a step: one partial gradient for each logical replica, added up in
 * the order of the replicas. So the sum has the same bits wherever the replicas are computed.
 */
public final class ReplicaGradients {
  private final List<Gradients> replicas = new ArrayList<>();

  public ReplicaGradients(
      ParameterLayout layout, int numReplicas, ElementType type, NativeMemory memory) {
    this(layout, numReplicas, memory.matrix(type, 1, numReplicas * layout.length()));
  }

  /**
   * Creates named views of a buffer that the caller owns.
   *
   * @param flat [1, numReplicas * {@link ParameterLayout#length()}]
   */
  public ReplicaGradients(ParameterLayout layout, int numReplicas, Matrix flat) {
    int length = Math.toIntExact(layout.length());
    for (int replica = 0; replica < numReplicas; replica++) {
      Matrix part = flat.columns(replica * length, (replica + 1) * length);
      replicas.add(new Gradients(new ParameterSet(layout, part)));
    }
  }

  /** The partial gradient of one replica. */
  public Gradients of(int replica) {
    return replicas.get(replica);
  }

  /** Whether any replica has contributed. */
  public boolean isStarted() {
    return replicas.stream().anyMatch(Gradients::isStarted);
  }

  /**
   * Adds up the replicas. Call it once, after the last contribution. The sum is in the returned
   * buffer.
   */
  public Gradients total(Kernels kernels) {
    Gradients total = null;
    for (Gradients replica : replicas) {
      if (replica.isStarted() && total == null) {
        total = replica;
      } else if (replica.isStarted()) {
        kernels.add(replica.values().flat(), total.values().flat());
      }
    }
    if (total == null) {
      throw new IllegalStateException("no replica has contributed");
    }
    return total;
  }

  /** Starts a new step: the next contribution of each replica is its first. */
  public void reset() {
    replicas.forEach(Gradients::reset);
  }

  /**
   * The replicas that have contributed, as bits; sent along with the bytes of a partial gradient.
   */
  public long startedBits() {
    long bits = 0;
    for (int replica = 0; replica < replicas.size(); replica++) {
      bits |= replicas.get(replica).isStarted() ? 1L << replica : 0;
    }
    return bits;
  }

  /** Restores {@link #startedBits()} when the bytes come back. */
  public void restoreStarted(long bits) {
    for (int replica = 0; replica < replicas.size(); replica++) {
      replicas.get(replica).reset();
      if ((bits >> replica & 1) == 1) {
        replicas.get(replica).markStarted();
      }
    }
  }
}

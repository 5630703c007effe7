package jingwei.actors.device;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * What the owner of a stage shares with the stage on its own device, where nothing is copied: the
 * weights that open steps read, and the gradients. The stage uses the weights of a step from {@link
 * DenseStage.MayRead} on, and the gradient of a replica until {@link StageOwner.ReplicaDone}.
 */
public final class StageMemory {
  private final Map<Long, ParameterSet> readable = new ConcurrentHashMap<>();
  private final ReplicaGradients[] gradients;

  /**
   * @param replicas number of all logical replicas
   * @param steps most steps whose gradients are in use at once
   */
  public StageMemory(
      ParameterLayout layout, int replicas, int steps, ElementType type, NativeMemory memory) {
    gradients = new ReplicaGradients[steps];
    for (int i = 0; i < steps; i++) {
      gradients[i] = new ReplicaGradients(layout, replicas, type, memory);
    }
  }

  /** The owner lets a step read these weights. */
  void letRead(long step, ParameterSet weights) {
    if (step <= 0) {
      readable.keySet().removeIf(before -> before <= 0); // evaluations come one after the other
    }
    readable.put(step, weights);
  }

  /** The weights that a step reads; null if the owner has not allowed it. */
  ParameterSet read(long step) {
    return readable.get(step);
  }

  ReplicaGradients gradients(long step) {
    return gradients[(int) (step % gradients.length)];
  }

  /** No stage will use anything of a step again. */
  void forget(long step) {
    readable.remove(step);
    if (step > 0) {
      gradients(step).reset();
    }
  }
}

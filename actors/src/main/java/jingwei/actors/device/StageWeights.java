package jingwei.actors.device;

import jingwei.actors.transport.TensorExchange;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The weights of a dense stage in the versions that are read on one device, and its gradients of
 * the device's replicas. Belongs to the actor of the stage.
 */
public interface StageWeights {
  /** Makes the weights of a stage; called once, when its actor starts. */
  interface Factory {
    /**
     * @param self the actor of the stage
     * @param tensors sends and receives for it
     */
    StageWeights of(ActorRef<DenseStage.Command> self, TensorExchange tensors);
  }

  /** Whether the version that a step reads is on the device. */
  boolean isReady(long step);

  /** The weights that a step reads. */
  ParameterSet read(long step);

  /** The partial gradient of one replica in a step. */
  Gradients gradients(long step, int replica);

  /** Passes on the gradient of a replica, to which its last micro-batch has added. */
  void replicaIsDone(long step, int replica);

  /**
   * Handles a message that concerns the weights.
   *
   * @throws IllegalStateException if this side does not expect it
   */
  void on(DenseStage.Command command);
}

package jingwei.actors.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.Matrix;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Copies of the weights of a stage whose owner is on another device: one for each step that may be
 * open. When a step begins, it asks the owner for the version that the step reads. When a replica
 * is done, it sends the owner the gradient of that replica.
 */
public final class CopiedWeights implements StageWeights {
  private final Device device;
  private final Peers peers;
  private final int stage;
  private final String name;
  private final ActorRef<DenseStage.Command> self;
  private final TensorExchange tensors;
  private final List<ParameterSet> copies = new ArrayList<>();
  private final List<ReplicaGradients> gradients = new ArrayList<>();

  /** For each copy, the step whose weights it holds; there is one for each open step. */
  private final long[] holds;

  private final Map<TensorRef, Gradients> announced = new HashMap<>();

  /**
   * @param stage index in the decoder's stages
   * @param self the actor of the stage
   * @param tensors sends and receives for it
   */
  public CopiedWeights(
      Device device,
      Peers peers,
      int stage,
      ActorRef<DenseStage.Command> self,
      TensorExchange tensors) {
    this.device = device;
    this.peers = peers;
    this.stage = stage;
    this.name = device.decoder().stages().get(stage).owner().name();
    this.self = self;
    this.tensors = tensors;
    ParameterLayout layout = device.decoder().stages().get(stage).owner().layout();
    holds = new long[device.rules().openSteps()];
    Arrays.fill(holds, Long.MIN_VALUE);
    for (int i = 0; i < holds.length; i++) {
      copies.add(new ParameterSet(layout, device.type(), device.memory()));
    }
    for (int i = 0; i < device.rules().versions(); i++) {
      gradients.add(
          new ReplicaGradients(
              layout, device.place().replicas().size(), device.type(), device.memory()));
    }
  }

  @Override
  public boolean isReady(long step) {
    return holds[place(step)] == step;
  }

  @Override
  public ParameterSet read(long step) {
    return copies.get(place(step));
  }

  private int place(long step) {
    return Math.floorMod(step, holds.length);
  }

  @Override
  public Gradients gradients(long step, int replica) {
    return gradients.get((int) (step % gradients.size())).of(device.place().local(replica));
  }

  @Override
  public void replicaIsDone(long step, int replica) {
    Gradients gradient = gradients(step, replica);
    TensorRef tensor = tensors.name(name + " gradient", step, gradient.values().flat());
    announced.put(tensor, gradient);
    peers.owner(stage).tell(new StageOwner.TakeReplica(step, replica, tensor, self));
  }

  @Override
  public void on(DenseStage.Command command) {
    switch (command) {
      case DenseStage.Begin begin -> ask(begin.step());
      case DenseStage.Ready ready -> send(ready.gradient());
      case DenseStage.Moved moved -> tensors.moved(moved.reply());
      default ->
          throw new IllegalStateException(
              "a copy of %s does not expect %s".formatted(name, command));
    }
  }

  private void ask(long step) {
    Matrix copy = read(step).flat();
    TensorRef weights = tensors.name(name + " weights", step, copy);
    tensors.receive(weights, copy, () -> holds[place(step)] = step);
    peers.owner(stage).tell(new StageOwner.SendWeights(step, weights));
  }

  private void send(TensorRef tensor) {
    Gradients gradient = announced.remove(tensor);
    if (gradient == null) {
      peers.incarnation().strays().doubled(); // it was sent already
      return;
    }
    int owner = peers.directory().placement().nodeOfStage(stage);
    tensors.send(tensor, owner, gradient.values().flat(), gradient::reset);
  }
}

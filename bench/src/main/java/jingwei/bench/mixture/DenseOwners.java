package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.UpdateStep;
import jingwei.model.state.OwnerState;

/** The weights and moments on the device that are no experts: dense stages and gates. */
final class DenseOwners {
  /** By the index of the owner; null for experts. */
  private final OwnerState[] byIndex;

  private final List<OwnerState> states = new ArrayList<>();
  private final List<ReplicaGradients> partial = new ArrayList<>();
  private final Gradients[] totals;

  /**
   * @param gradients partial gradients of a dense stage, by the index of its owner
   * @param gates null without gates
   */
  DenseOwners(
      Decoder decoder,
      Mixture mixture,
      IntFunction<ReplicaGradients> gradients,
      Gates gates,
      NativeMemory memory) {
    byIndex = new OwnerState[decoder.owners().size()];
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      int owner = decoder.ownerOf(stage);
      OwnerState state = new OwnerState(decoder.owners().get(owner), mixture.type(), memory);
      state.weights().initialise(mixture.seed(), state.owner().name());
      byIndex[owner] = state;
      states.add(state);
      partial.add(gradients.apply(owner));
    }
    for (int layer = 0; gates != null && layer < gates.count(); layer++) {
      states.add(gates.state(layer));
      partial.add(gates.gradients(layer));
    }
    totals = new Gradients[states.size()];
  }

  /** The state of a dense stage, by the index of its owner. */
  OwnerState state(int owner) {
    return byIndex[owner];
  }

  /** How many there are. */
  int count() {
    return states.size();
  }

  /** Adds up the gradients of the workers. */
  void addUp(Workspace workspace, int i) {
    totals[i] = partial.get(i).total(workspace.kernels());
  }

  /** The gradient after {@link #addUp}. */
  Gradients total(int i) {
    return totals[i];
  }

  /** Index of the i-th one among all owners of the decoder; gates come after them. */
  int index(int i) {
    for (int owner = 0; owner < byIndex.length; owner++) {
      if (byIndex[owner] == states.get(i)) {
        return owner;
      }
    }
    return byIndex.length + i;
  }

  double squares(Workspace workspace, int i) {
    return Adam.sumOfSquares(workspace.kernels(), totals[i]);
  }

  void update(Adam adam, Workspace workspace, int i, UpdateStep step) {
    adam.update(workspace.kernels(), states.get(i), totals[i], step);
  }
}

package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.RoutedPass;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.state.OwnerState;

/** The learned gates of all layers: weights, gradients, and activations of each micro-batch. */
final class Gates {
  private final Mixture mixture;
  private final NativeMemory memory;
  private final List<Layer> layers = new ArrayList<>();

  private record Layer(
      GateLayer gate,
      OwnerState state,
      ReplicaGradients gradients,
      BalanceLoss balance,
      List<GateLayer.Activations> activations) {}

  /**
   * @param workers number of workers, which have gradients of their own
   */
  Gates(Mixture mixture, double balance, int workers, NativeMemory memory) {
    this.mixture = mixture;
    this.memory = memory;
    DecoderShape shape = mixture.shape();
    int domains = shape.domains();
    int perDomain = shape.expertsPerDomain();
    for (int layer = 0; layer < shape.routedBlocks(); layer++) {
      var layout = new ParameterLayout.Builder();
      GateLayer gate = new GateLayer(layout, shape.width(), domains, perDomain);
      Owner owner = new Owner("gates." + layer, layout.build(), false);
      OwnerState state = new OwnerState(owner, mixture.type(), memory);
      state.weights().initialise(mixture.seed(), owner.name());
      layers.add(
          new Layer(
              gate,
              state,
              new ReplicaGradients(owner.layout(), workers, mixture.type(), memory),
              new BalanceLoss(balance, domains, perDomain),
              new ArrayList<>()));
    }
  }

  /** Starts a step: gradients of zero, since a step has not every domain. */
  void begin(List<Workspace> workspaces, int microBatches) {
    for (int index = 0; index < layers.size(); index++) {
      Layer layer = layers.get(index);
      layer.balance.clear();
      for (int worker = 0; worker < workspaces.size(); worker++) {
        workspaces.get(worker).kernels().fill(gradients(layer, worker).flat(), 0);
        layer.gradients.of(worker).markStarted();
      }
      while (layer.activations.size() < microBatches) {
        layer.activations.add(newActivations(index));
      }
    }
  }

  /** Chooses the experts of a micro-batch of the step. */
  RoutePlan route(Workspace workspace, int layer, int m, MicroBatch microBatch, RoutedPass pass) {
    return route(workspace, layer, layers.get(layer).activations.get(m), microBatch, pass);
  }

  /** Chooses the experts of any micro-batch. */
  RoutePlan route(
      Workspace workspace,
      int layer,
      GateLayer.Activations activations,
      MicroBatch microBatch,
      RoutedPass pass) {
    Layer own = layers.get(layer);
    return own.gate.route(
        workspace.kernels(), own.state.weights(), activations, microBatch.domains(), pass.normed());
  }

  GateLayer.Activations newActivations(int layer) {
    return layers
        .get(layer)
        .gate
        .newActivations(mixture.type(), mixture.tokensPerMicroBatch(), memory);
  }

  /** Adds a routed micro-batch to the balance loss; called in the order of micro-batches. */
  void addToBalance(int layer, int m) {
    GateLayer.Activations own = layers.get(layer).activations.get(m);
    layers.get(layer).balance.add(own.experts(), own.probabilities());
  }

  /** After the experts of the forward. */
  void scaleOutputs(int layer, int m, RoutedPass pass) {
    GateLayer.scale(layers.get(layer).activations.get(m), pass.routes(), pass.exchanged());
  }

  /** Before the gradients of the outputs are dispatched to the experts. */
  void chosenGradient(int layer, int m, RoutedPass pass) {
    GateLayer.chosenGradient(
        layers.get(layer).activations.get(m), pass.routes(), pass.gradient(), pass.exchanged());
  }

  /** After they were dispatched. */
  void scaleGradients(int layer, int m, RoutedPass pass) {
    scaleOutputs(layer, m, pass);
  }

  /** After the experts of the backward. */
  void backward(Workspace workspace, int worker, int layer, int m, RoutedPass pass) {
    Layer own = layers.get(layer);
    own.gate.backward(
        workspace.kernels(),
        own.state.weights(),
        gradients(own, worker),
        own.activations.get(m),
        own.balance,
        pass.routes(),
        pass.sorted(),
        pass.exchanged());
  }

  private static ParameterSet gradients(Layer layer, int worker) {
    return layer.gradients.of(worker).values();
  }

  /** Number of layers. */
  int count() {
    return layers.size();
  }

  OwnerState state(int layer) {
    return layers.get(layer).state;
  }

  ReplicaGradients gradients(int layer) {
    return layers.get(layer).gradients;
  }

  /** The balance losses of all layers together. */
  double balanceLoss() {
    return layers.stream().mapToDouble(layer -> layer.balance.loss()).sum();
  }
}

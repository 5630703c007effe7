package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.EmbeddedGradients;
import jingwei.model.decoder.RoutedPass;
import jingwei.model.decoder.StagePass;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * Forward and backward of all micro-batches of a step. In dense stages each worker has its own
 * micro-batches and its own gradients. The experts of a layer are dealt to the workers: one worker
 * computes an expert for all micro-batches, in their order. With one worker the sums have the order
 * of the reference trainer.
 */
final class MixturePass {
  private final Decoder decoder;
  private final Workers workers;
  private final Gates gates;
  private final NativeMemory memory;
  private final Mixture mixture;
  private final ReplicaGradients[] dense;
  private final List<EmbeddedGradients> embedded = new ArrayList<>();
  private final List<ActiveExperts> active = new ArrayList<>();
  private final List<ActivationBuffers> buffers = new ArrayList<>();
  private final List<RoutePlan[]> plans = new ArrayList<>();
  private final List<double[]> losses = new ArrayList<>();
  private List<MicroBatch> microBatches = List.of();

  /** Who holds the experts on the device, and what else happens while they compute. */
  record Experts(
      IntFunction<ParameterSet> weights, IntFunction<Gradients> gradients, StepHooks hooks) {}

  /**
   * @param gates null if the routes are in the batch
   */
  MixturePass(Decoder decoder, Mixture mixture, Workers workers, Gates gates, NativeMemory memory) {
    this.decoder = decoder;
    this.mixture = mixture;
    this.workers = workers;
    this.gates = gates;
    this.memory = memory;
    dense = new ReplicaGradients[decoder.owners().size()];
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      dense[decoder.ownerOf(stage)] =
          new ReplicaGradients(
              decoder.stages().get(stage).owner().layout(),
              workers.count(),
              mixture.type(),
              memory);
    }
    for (int worker = 0; worker < workers.count(); worker++) {
      embedded.add(
          new EmbeddedGradients(decoder, mixture.type(), mixture.tokensPerMicroBatch(), memory));
    }
    for (int layer = 0; layer < decoder.shape().routedBlocks(); layer++) {
      active.add(new ActiveExperts(decoder.shape().expertsPerBlock()));
    }
  }

  /** Partial gradients of a dense stage, by the index of its owner: one for each worker. */
  ReplicaGradients dense(int owner) {
    return dense[owner];
  }

  /** Number of experts that the last step activated, in all layers. */
  int numActive() {
    return active.stream().mapToInt(ActiveExperts::count).sum();
  }

  /** The experts of a layer in the last step. */
  ActiveExperts active(int layer) {
    return active.get(layer);
  }

  /** The routes of a micro-batch of the last step in a layer. */
  RoutePlan plan(int microBatch, int layer) {
    return plans.get(microBatch)[layer];
  }

  /** Losses of a micro-batch of the last step, in nats for each token. */
  double[] losses(int microBatch) {
    return losses.get(microBatch);
  }

  /** Starts a step: its micro-batches, and the routes if they are known. */
  void begin(Batch batch) {
    microBatches = batch.microBatches();
    while (buffers.size() < microBatches.size()) {
      buffers.add(
          new ActivationBuffers(decoder, mixture.type(), mixture.tokensPerMicroBatch(), memory));
      plans.add(new RoutePlan[active.size()]);
      losses.add(new double[mixture.tokensPerMicroBatch()]);
    }
    for (int m = 0; m < microBatches.size(); m++) {
      if (gates == null) {
        batch.routes().plans(m).toArray(plans.get(m));
      }
      buffers.get(m).begin(microBatches.get(m), Arrays.asList(plans.get(m)));
    }
    for (ReplicaGradients gradients : dense) {
      if (gradients != null) {
        gradients.reset();
      }
    }
    if (gates != null) {
      gates.begin(workers.workspaces(), microBatches.size());
    }
  }

  /** Forward and backward of the micro-batches; the gradients of dense stages stay apart. */
  void run(IntFunction<ParameterSet> weights, Experts experts, double scale) {
    int layers = active.size();
    for (int layer = 0; layer < layers; layer++) {
      int reached = layer;
      own((workspace, worker, m) -> forward(workspace, m, reached, weights));
      prepare(layer, experts);
      forwardExperts(layer, experts);
    }
    own(
        (workspace, worker, m) -> {
          forward(workspace, m, layers, weights);
          head(workspace, worker, m, weights, scale);
          backward(workspace, worker, m, layers, weights, experts.hooks);
        });
    for (int layer = layers - 1; layer >= 0; layer--) {
      int left = layer;
      backwardExperts(layer, experts);
      experts.hooks.afterBackward(layer, active.get(layer));
      own(
          (workspace, worker, m) -> {
            finishBackward(workspace, worker, m, left, weights);
            backward(workspace, worker, m, left, weights, experts.hooks);
          });
    }
    workers.each(
        (workspace, worker) ->
            embedded
                .get(worker)
                .addTo(workspace.kernels(), dense[decoder.embeddingOwner()].of(worker)));
  }

  private interface OfMicroBatch {
    void run(Workspace workspace, int worker, int m);
  }

  /** Each worker goes through its own micro-batches in order. */
  private void own(OfMicroBatch work) {
    int count = microBatches.size();
    workers.each(
        (workspace, worker) -> {
          for (int m = worker * count / workers.count();
              m < (worker + 1) * count / workers.count();
              m++) {
            work.run(workspace, worker, m);
          }
        });
  }

  /** From the experts of the layer before to the dispatch of this one, or to the last stage. */
  private void forward(Workspace workspace, int m, int layer, IntFunction<ParameterSet> weights) {
    int first = 0;
    if (layer > 0) {
      first = decoder.stageOfLayer(layer - 1) + 1;
      RoutedPass before = routed(m, layer - 1);
      if (gates != null) {
        gates.scaleOutputs(layer - 1, m, before);
      }
      before.combine(workspace);
    }
    for (int stage = first; stage < end(layer); stage++) {
      buffers.get(m).stage(stage).forward(workspace, weights.apply(decoder.ownerOf(stage)));
    }
    if (layer < active.size()) {
      RoutedPass pass = routed(m, layer);
      pass.normalise(workspace, weights.apply(decoder.ownerOf(end(layer))));
      if (gates != null) {
        plans.get(m)[layer] = gates.route(workspace, layer, m, microBatches.get(m), pass);
      }
      pass.dispatch(workspace);
    }
  }

  /** The stage of a layer, or the number of stages after the last one. */
  private int end(int layer) {
    return layer < active.size() ? decoder.stageOfLayer(layer) : decoder.stages().size();
  }

  private RoutedPass routed(int m, int layer) {
    return (RoutedPass) buffers.get(m).stage(decoder.stageOfLayer(layer));
  }

  private void prepare(int layer, Experts experts) {
    List<RoutePlan> ofLayer = new ArrayList<>();
    for (int m = 0; m < microBatches.size(); m++) {
      ofLayer.add(plans.get(m)[layer]);
      if (gates != null) {
        gates.addToBalance(layer, m);
      }
    }
    active.get(layer).set(ofLayer);
    experts.hooks.beforeForward(layer, active.get(layer));
  }

  private void forwardExperts(int layer, Experts experts) {
    ActiveExperts own = active.get(layer);
    workers.deal(
        own.count(),
        (workspace, i) -> {
          int expert = own.expert(i);
          ParameterSet weights = experts.weights.apply(layer * own.size() + expert);
          for (int m = 0; m < microBatches.size(); m++) {
            int index = own.indexIn(m, expert);
            if (index >= 0) {
              routed(m, layer).forwardExpert(workspace, index, weights);
            }
          }
        });
  }

  private void backwardExperts(int layer, Experts experts) {
    ActiveExperts own = active.get(layer);
    workers.deal(
        own.count(),
        (workspace, i) -> {
          int expert = own.expert(i);
          int number = layer * own.size() + expert;
          ParameterSet weights = experts.weights.apply(number);
          Gradients gradients = experts.gradients.apply(number);
          for (int m = 0; m < microBatches.size(); m++) {
            int index = own.indexIn(m, expert);
            if (index >= 0) {
              routed(m, layer).backwardExpert(workspace, index, weights, gradients);
            }
          }
        });
  }

  private void head(
      Workspace workspace, int worker, int m, IntFunction<ParameterSet> weights, double scale) {
    int owner = decoder.embeddingOwner();
    buffers
        .get(m)
        .head()
        .lossAndGradient(workspace, weights.apply(owner), dense[owner].of(worker), scale);
    double[] own = workspace.losses();
    System.arraycopy(own, 0, losses.get(m), 0, microBatches.get(m).numTokens());
  }

  /** From the stages above a layer to the dispatch of its gradients, or to the embedded rows. */
  private void backward(
      Workspace workspace,
      int worker,
      int m,
      int layersLeft,
      IntFunction<ParameterSet> weights,
      StepHooks hooks) {
    int last =
        layersLeft < active.size() ? decoder.stageOfLayer(layersLeft) - 1 : end(layersLeft) - 1;
    int stop = layersLeft > 0 ? decoder.stageOfLayer(layersLeft - 1) : 0;
    for (int stage = last; stage > stop; stage--) {
      backwardDense(workspace, worker, buffers.get(m).stage(stage), stage, weights);
      hooks.betweenStages(workspace);
    }
    if (layersLeft > 0) {
      int layer = layersLeft - 1;
      RoutedPass pass = routed(m, layer);
      if (gates != null) {
        gates.chosenGradient(layer, m, pass);
      }
      pass.dispatchGradient(workspace, weights.apply(decoder.ownerOf(stop)));
      if (gates != null) {
        gates.scaleGradients(layer, m, pass);
      }
    } else {
      embedded.get(worker).hold(workspace.kernels(), buffers.get(m));
    }
  }

  private void finishBackward(
      Workspace workspace, int worker, int m, int layer, IntFunction<ParameterSet> weights) {
    RoutedPass pass = routed(m, layer);
    if (gates != null) {
      gates.backward(workspace, worker, layer, m, pass);
    }
    backwardDense(workspace, worker, pass, decoder.stageOfLayer(layer), weights);
  }

  private void backwardDense(
      Workspace workspace,
      int worker,
      StagePass pass,
      int stage,
      IntFunction<ParameterSet> weights) {
    int owner = decoder.ownerOf(stage);
    Gradients gradients = dense[owner].of(worker);
    pass.inputGradient(workspace, weights.apply(owner), gradients);
    pass.weightGradients(workspace, gradients);
  }
}

package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.RoutedPass;
import jingwei.model.decoder.StagePass;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.ParameterSet;
import jingwei.model.loss.DomainLoss;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/** Losses of a mixture without gradients. The micro-batches are dealt to the workers. */
final class MixtureEvaluator {
  private final Decoder decoder;
  private final Mixture mixture;
  private final Routing routing;
  private final Gates gates;
  private final List<WorkerBuffers> buffers = new ArrayList<>();

  private record WorkerBuffers(
      ActivationBuffers activations, List<RoutePlan> plans, List<GateLayer.Activations> gates) {}

  /**
   * @param gates null if there are route tables
   */
  MixtureEvaluator(
      Decoder decoder,
      Mixture mixture,
      Routing routing,
      Gates gates,
      int workers,
      NativeMemory memory) {
    this.decoder = decoder;
    this.mixture = mixture;
    this.routing = routing;
    this.gates = gates;
    for (int worker = 0; worker < workers; worker++) {
      List<GateLayer.Activations> own = new ArrayList<>();
      for (int layer = 0; gates != null && layer < gates.count(); layer++) {
        own.add(gates.newActivations(layer));
      }
      buffers.add(
          new WorkerBuffers(
              new ActivationBuffers(decoder, mixture.type(), mixture.tokensPerMicroBatch(), memory),
              Arrays.asList(new RoutePlan[decoder.shape().routedBlocks()]),
              own));
    }
  }

  /**
   * @param weights of an owner, by its index
   */
  List<DomainLoss> evaluate(
      Workers workers, List<MicroBatch> microBatches, IntFunction<ParameterSet> weights) {
    double[][] losses = new double[microBatches.size()][];
    workers.each(
        (workspace, worker) -> {
          for (int m = worker; m < losses.length; m += workers.count()) {
            losses[m] = losses(workspace, buffers.get(worker), microBatches.get(m), weights);
          }
        });
    List<DomainLoss> sums = mixture.meter().none();
    for (int m = 0; m < losses.length; m++) {
      sums = mixture.meter().plus(sums, microBatches.get(m), losses[m]);
    }
    return sums;
  }

  private double[] losses(
      Workspace workspace,
      WorkerBuffers own,
      MicroBatch microBatch,
      IntFunction<ParameterSet> weights) {
    own.activations.begin(microBatch, own.plans);
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      StagePass pass = own.activations.stage(stage);
      ParameterSet dense = weights.apply(decoder.ownerOf(stage));
      if (pass instanceof RoutedPass routed) {
        forward(workspace, own, microBatch, stage, routed, weights);
      } else {
        pass.forward(workspace, dense);
      }
      pass.combine(workspace);
    }
    own.activations.head().loss(workspace, weights.apply(decoder.embeddingOwner()));
    return Arrays.copyOf(workspace.losses(), microBatch.numTokens());
  }

  private void forward(
      Workspace workspace,
      WorkerBuffers own,
      MicroBatch microBatch,
      int stage,
      RoutedPass pass,
      IntFunction<ParameterSet> weights) {
    int layer = decoder.stages().get(stage).layer().orElseThrow();
    pass.normalise(workspace, weights.apply(decoder.ownerOf(stage)));
    own.plans.set(
        layer,
        switch (routing) {
          case Routing.Gate gate ->
              gates.route(workspace, layer, own.gates.get(layer), microBatch, pass);
          case Routing.Tables(List<RouteTable> tables) ->
              RoutePlan.of(tables.get(layer), microBatch.tokens(), microBatch.domains());
        });
    pass.dispatch(workspace);
    for (int i = 0; i < pass.routes().numActive(); i++) {
      int expert = decoder.ownerOf(stage, pass.routes().expert(i));
      pass.forwardExpert(workspace, i, weights.apply(expert));
    }
    if (gates != null) {
      GateLayer.scale(own.gates.get(layer), pass.routes(), pass.exchanged());
    }
  }
}

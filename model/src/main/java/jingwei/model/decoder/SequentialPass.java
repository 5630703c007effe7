package jingwei.model.decoder;

import java.util.List;
import java.util.function.IntFunction;
import jingwei.model.data.MicroBatch;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/** Runs one micro-batch after another through all stages, in the calling thread. */
public final class SequentialPass {
  private final Decoder decoder;
  private final Workspace workspace;
  private final ActivationBuffers activations;

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  public SequentialPass(
      Decoder decoder, ElementType type, Kernels kernels, int maxTokens, NativeMemory memory) {
    this.decoder = decoder;
    this.workspace = new Workspace(decoder, kernels, type, maxTokens, memory);
    this.activations = new ActivationBuffers(decoder, type, maxTokens, memory);
  }

  /**
   * Loss of each token of a micro-batch in nats, without gradients; valid until the next call.
   *
   * @param plans one for each RRE layer
   * @param weights of an owner, by its index
   */
  public double[] losses(
      MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    forward(batch, plans, weights);
    activations.head().loss(workspace, weights.apply(decoder.embeddingOwner()));
    return workspace.losses();
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  public Matrix lastLogits(
      MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    forward(batch, plans, weights);
    return activations.head().lastLogits(workspace, weights.apply(decoder.embeddingOwner()));
  }

  /**
   * Forward, loss and backward down to the embedded rows, which {@link EmbeddedGradients} takes.
   *
   * @param weights of an owner, by its index, in the version that this micro-batch reads
   * @param gradients of an owner, by its index
   * @param scale of the gradient: 1 / target tokens of the step
   * @return loss of each token in nats; valid until the next call
   */
  public double[] lossAndGradient(
      MicroBatch batch,
      List<RoutePlan> plans,
      IntFunction<ParameterSet> weights,
      IntFunction<Gradients> gradients,
      double scale) {
    forward(batch, plans, weights);
    int embedding = decoder.embeddingOwner();
    activations
        .head()
        .lossAndGradient(workspace, weights.apply(embedding), gradients.apply(embedding), scale);
    for (int stage = decoder.stages().size() - 1; stage > 0; stage--) {
      int owner = decoder.ownerOf(stage);
      StagePass pass = activations.stage(stage);
      pass.dispatchGradient(workspace, weights.apply(owner));
      for (int i = 0; i < pass.routes().numActive(); i++) {
        int expert = decoder.ownerOf(stage, pass.routes().expert(i));
        pass.backwardExpert(workspace, i, weights.apply(expert), gradients.apply(expert));
      }
      pass.inputGradient(workspace, weights.apply(owner), gradients.apply(owner));
      pass.weightGradients(workspace, gradients.apply(owner));
    }
    return workspace.losses();
  }

  /** The buffers, for {@link EmbeddedGradients} after {@link #lossAndGradient}. */
  public ActivationBuffers activations() {
    return activations;
  }

  private void forward(MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    activations.begin(batch, plans);
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      StagePass pass = activations.stage(stage);
      pass.forward(workspace, weights.apply(decoder.ownerOf(stage)));
      for (int i = 0; i < pass.routes().numActive(); i++) {
        int expert = decoder.ownerOf(stage, pass.routes().expert(i));
        pass.forwardExpert(workspace, i, weights.apply(expert));
      }
      pass.combine(workspace);
    }
  }
}

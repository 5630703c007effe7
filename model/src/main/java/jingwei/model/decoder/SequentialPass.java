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

/** Takes one micro-batch after the other through a resident model, in the calling thread. */
public final class SequentialPass {
  private final Decoder decoder;
  private final ForwardPass pass;
  private final BackwardPass back;
  private final Workspace workspace;
  private final Frame frame;

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  public SequentialPass(
      Decoder decoder, ElementType type, Kernels kernels, int maxTokens, NativeMemory memory) {
    this.decoder = decoder;
    this.pass = new ForwardPass(decoder);
    this.back = new BackwardPass(decoder);
    this.workspace = new Workspace(decoder, kernels, type, maxTokens, memory);
    this.frame = new Frame(decoder, type, maxTokens, memory);
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
    pass.loss(workspace, frame, weights.apply(decoder.embeddingIndex()));
    return workspace.losses();
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  public Matrix lastLogits(
      MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    forward(batch, plans, weights);
    return pass.lastLogits(workspace, frame, weights.apply(decoder.embeddingIndex()));
  }

  /**
   * Forward, loss and backward down to the embedded rows.
   *
   * @param weights of an owner, by its index, as this micro-batch is to read them
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
    int embedding = decoder.embeddingIndex();
    back.lossAndGradient(
        workspace, frame, weights.apply(embedding), gradients.apply(embedding), scale);
    int output = decoder.outputIndex();
    back.backwardOutput(workspace, frame, weights.apply(output), gradients.apply(output));
    for (int i = decoder.blocks().size() - 1; i >= 0; i--) {
      int owner = decoder.blockIndex(i);
      switch (decoder.blocks().get(i)) {
        case Block.Dense dense ->
            back.backwardBlock(
                workspace, frame, dense, i, weights.apply(owner), gradients.apply(owner));
        case Block.Routed routed -> {
          back.dispatchGradient(workspace, frame, routed, i, weights.apply(owner));
          RoutePlan plan = frame.plan(routed);
          for (int e = 0; e < plan.numActive(); e++) {
            int expert = decoder.expertIndex(i, plan.expert(e));
            back.backwardExpert(
                workspace, frame, routed, i, e, weights.apply(expert), gradients.apply(expert));
          }
          back.combineGradient(
              workspace, frame, routed, i, weights.apply(owner), gradients.apply(owner));
        }
      }
      back.weightGradients(workspace, frame, i, gradients.apply(owner));
    }
    return workspace.losses();
  }

  /** Gradient of the embedded rows after {@link #lossAndGradient}; valid until the next call. */
  public Matrix embeddedGradient() {
    return back.embeddedGradient(frame);
  }

  private void forward(MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    frame.begin(batch, plans);
    pass.embed(workspace, frame, weights.apply(decoder.embeddingIndex()));
    for (int i = 0; i < decoder.blocks().size(); i++) {
      pass.forwardBlock(workspace, frame, i, weights.apply(decoder.blockIndex(i)));
      if (decoder.blocks().get(i) instanceof Block.Routed routed) {
        RoutePlan plan = frame.plan(routed);
        for (int e = 0; e < plan.numActive(); e++) {
          ParameterSet expert = weights.apply(decoder.expertIndex(i, plan.expert(e)));
          pass.forwardExpert(workspace, frame, routed, i, e, expert);
        }
        pass.combine(workspace, frame, routed, i);
      }
    }
    pass.forwardOutput(workspace, frame, weights.apply(decoder.outputIndex()));
  }
}

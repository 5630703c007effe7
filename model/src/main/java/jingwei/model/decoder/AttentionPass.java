package jingwei.model.decoder;

import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;

/** The attention half of a block for one micro-batch. */
final class AttentionPass {
  private final CausalAttention attention;
  private final PassContext context;
  private final Inner inner;
  private final RowBuffer input;

  /** Activations that blocks of one kind may share. */
  record Inner(CausalAttention.Activations activations, RowBuffer output) {
    static Inner of(CausalAttention attention, PassContext context) {
      return new Inner(
          attention.newActivations(context.type, context.maxTokens, context.memory),
          context.rows(attention.width()));
    }
  }

  AttentionPass(CausalAttention attention, PassContext context, Inner inner, RowBuffer input) {
    this.attention = attention;
    this.context = context;
    this.inner = inner;
    this.input = input;
  }

  /** The input of the feed-forward half, [N, D]; after {@link #inputGradient}, its gradient. */
  Matrix output() {
    return inner.output.rows(context.numTokens());
  }

  void forward(Workspace workspace, ParameterSet weights) {
    attention.forward(
        workspace.kernels,
        weights,
        inner.activations,
        context.microBatch().positions(),
        context.segments(),
        input.rows(context.numTokens()),
        output());
  }

  /**
   * @param gradient the gradient of the output; replaced by that of the input, [N, D]
   */
  void inputGradient(
      Workspace workspace, ParameterSet weights, Gradients gradients, Matrix gradient) {
    attention.inputGradient(
        workspace.kernels,
        weights,
        gradients,
        inner.activations,
        context.microBatch().positions(),
        context.segments(),
        input.rows(context.numTokens()),
        output(),
        gradient,
        workspace.attention);
  }

  void weightGradients(Workspace workspace, Gradients gradients) {
    attention.weightGradients(workspace.kernels, gradients, inner.activations, output());
  }
}

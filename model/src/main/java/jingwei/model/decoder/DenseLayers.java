package jingwei.model.decoder;

import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.DenseFeedForward;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;

/** Attention, then a feed-forward that all domains share: a dense block, and the query layer. */
record DenseLayers(CausalAttention attention, DenseFeedForward feedForward) {
  /** Activations that blocks of one kind may share. */
  record Inner(AttentionPass.Inner attention, DenseFeedForward.Activations feedForward) {}

  Inner newInner(PassContext context) {
    return new Inner(
        AttentionPass.Inner.of(attention, context),
        feedForward.newActivations(context.type, context.maxTokens, context.memory));
  }

  /** The pass of one micro-batch through both. */
  static final class Pass {
    private final DenseFeedForward feedForward;
    private final DenseFeedForward.Activations activations;
    private final PassContext context;
    private final AttentionPass attention;
    private final RowBuffer output;

    Pass(DenseLayers layers, PassContext context, Inner inner, RowBuffer input) {
      this.feedForward = layers.feedForward;
      this.activations = inner.feedForward;
      this.context = context;
      attention = new AttentionPass(layers.attention, context, inner.attention, input);
      output = context.rows(layers.attention.width());
    }

    /** The output, [N, D]; after {@link #inputGradient}, its gradient. */
    RowBuffer output() {
      return output;
    }

    void forward(Workspace workspace, ParameterSet weights) {
      attention.forward(workspace, weights);
      feedForward.forward(
          workspace.kernels, weights, activations, attention.output(), rows(output));
    }

    /** Recomputes the inner activations. */
    void recompute(Workspace workspace, ParameterSet weights) {
      attention.forward(workspace, weights);
      feedForward.activate(workspace.kernels, weights, activations, attention.output());
    }

    /**
     * @param gradient the gradient of the output; replaced by that of the input, [N, D]
     */
    void inputGradient(
        Workspace workspace, ParameterSet weights, Gradients gradients, RowBuffer gradient) {
      feedForward.inputGradient(
          workspace.kernels,
          weights,
          gradients,
          activations,
          attention.output(),
          rows(output),
          rows(gradient),
          workspace.feedForward);
      attention.inputGradient(workspace, weights, gradients, rows(gradient));
    }

    void weightGradients(Workspace workspace, Gradients gradients) {
      feedForward.weightGradients(workspace.kernels, gradients, activations, rows(output));
      attention.weightGradients(workspace, gradients);
    }

    private Matrix rows(RowBuffer buffer) {
      return buffer.rows(context.numTokens());
    }
  }
}

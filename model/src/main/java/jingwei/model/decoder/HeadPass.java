package jingwei.model.decoder;

import jingwei.model.layer.Embedding;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;

/**
 * The head for one micro-batch: logits and losses from the output of the last stage. Its weights
 * are the word table, which the owner of the embedding holds.
 */
public final class HeadPass {
  private final Embedding embedding;
  private final PassContext context;
  private final RowBuffer input;

  HeadPass(Embedding embedding, PassContext context, RowBuffer input) {
    this.embedding = embedding;
    this.context = context;
    this.input = input;
  }

  /** Fills {@link Workspace#losses()}. */
  public void loss(Workspace workspace, ParameterSet weights) {
    embedding.losses(
        workspace.kernels,
        weights,
        workspace.logits,
        input.rows(context.numTokens()),
        context.microBatch().targets(),
        workspace.losses);
  }

  /**
   * Fills {@link Workspace#losses()}, adds the head's contribution to the gradient of the
   * embedding, and starts the backward.
   *
   * @param scale of the gradient: 1 / target tokens of the step
   */
  public void lossAndGradient(
      Workspace workspace, ParameterSet weights, Gradients gradients, double scale) {
    int n = context.numTokens();
    embedding.lossAndGradient(
        workspace.kernels,
        weights,
        gradients,
        workspace.logits,
        input.rows(n),
        context.microBatch().targets(),
        scale,
        workspace.losses,
        context.headGradient.rows(n));
    gradients.markStarted();
  }

  /** Logits of the last token, [1, V]; valid until the next call. Waits for the kernels. */
  public Matrix lastLogits(Workspace workspace, ParameterSet weights) {
    int n = context.numTokens();
    Matrix logits =
        embedding.logits(
            workspace.kernels, weights, workspace.logits, input.rows(n).rows(n - 1, n));
    workspace.finish();
    return logits;
  }
}

package jingwei.model.decoder;

import jingwei.model.data.MicroBatch;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;

/**
 * The first stage: word and position rows of each token. Its backward ends with the gradient of the
 * embedded rows, which {@link EmbeddedGradients} takes.
 */
record EmbeddingStage(Owner owner, Embedding embedding, int width) implements Stage {
  @Override
  public StagePass newPass(PassContext context, RowBuffer input) {
    return new Pass(embedding, context, context.rows(width));
  }

  private record Pass(Embedding embedding, PassContext context, RowBuffer output)
      implements StagePass {
    @Override
    public void forward(Workspace workspace, ParameterSet weights) {
      MicroBatch microBatch = context.microBatch();
      embedding.forward(
          workspace.kernels,
          weights,
          microBatch.tokens(),
          microBatch.positions(),
          output.rows(context.numTokens()));
    }

    @Override
    public void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients) {}

    @Override
    public void weightGradients(Workspace workspace, Gradients gradients) {}
  }
}

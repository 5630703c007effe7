package jingwei.model.decoder;

import jingwei.model.layer.Gradients;
import jingwei.model.layer.LayerNorm;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;

/**
 * The last stage: the final norm, then the query layer (2104.12369), whose attention takes its
 * queries from learned rows of positions.
 *
 * @param query null without a query layer
 */
record OutputStage(Owner owner, int width, LayerNorm norm, DenseLayers query) implements Stage {
  @Override
  public StagePass newPass(PassContext context, RowBuffer input) {
    return new Pass(this, context, input);
  }

  private static final class Pass implements StagePass {
    private final LayerNorm norm;
    private final PassContext context;
    private final RowBuffer input;
    private final RowBuffer statistics;
    private final RowBuffer normed;
    private final DenseLayers.Pass query;

    Pass(OutputStage stage, PassContext context, RowBuffer input) {
      this.norm = stage.norm;
      this.context = context;
      this.input = input;
      statistics = context.rows(2);
      normed = context.rows(stage.width);
      query =
          stage.query == null
              ? null
              : new DenseLayers.Pass(stage.query, context, stage.query.newInner(context), normed);
    }

    @Override
    public RowBuffer output() {
      return query == null ? normed : query.output();
    }

    @Override
    public void forward(Workspace workspace, ParameterSet weights) {
      norm.forward(workspace.kernels, weights, rows(input), rows(normed), rows(statistics));
      if (query != null) {
        query.forward(workspace, weights);
      }
    }

    @Override
    public void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients) {
      if (query != null) {
        query.inputGradient(workspace, weights, gradients, context.headGradient);
      }
      norm.backwardInto(
          workspace.kernels,
          weights,
          gradients,
          rows(input),
          rows(statistics),
          rows(context.headGradient),
          rows(context.gradient),
          false);
      gradients.markStarted();
    }

    @Override
    public void weightGradients(Workspace workspace, Gradients gradients) {
      if (query != null) {
        query.weightGradients(workspace, gradients);
      }
      gradients.markLinearsStarted();
    }

    private Matrix rows(RowBuffer buffer) {
      return buffer.rows(context.numTokens());
    }
  }
}

package jingwei.model.decoder;

import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;

/** A pre-norm block at the bottom: attention and a feed-forward, shared by all domains. */
record DenseBlock(Owner owner, DenseLayers layers) implements Stage {
  @Override
  public StagePass newPass(PassContext context, RowBuffer input) {
    DenseLayers.Inner inner =
        context.inner(DenseLayers.Inner.class, () -> layers.newInner(context));
    return new Pass(context, new DenseLayers.Pass(layers, context, inner, input));
  }

  private record Pass(PassContext context, DenseLayers.Pass layers) implements StagePass {
    @Override
    public RowBuffer output() {
      return layers.output();
    }

    @Override
    public void forward(Workspace workspace, ParameterSet weights) {
      layers.forward(workspace, weights);
    }

    @Override
    public void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients) {
      if (context.recomputes) {
        layers.recompute(workspace, weights);
      }
      layers.inputGradient(workspace, weights, gradients, context.gradient);
      gradients.markStarted();
    }

    @Override
    public void weightGradients(Workspace workspace, Gradients gradients) {
      layers.weightGradients(workspace, gradients);
      gradients.markLinearsStarted();
    }
  }
}

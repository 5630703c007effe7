package jingwei.model.decoder;

import java.util.List;
import java.util.OptionalInt;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.FeedForward;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RoutedFeedForward;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;
import jingwei.model.routing.RoutePlan;

/**
 * A pre-norm block whose feed-forward is one expert for each token (RRE).
 *
 * @param index among the RRE layers, which selects the route table
 * @param experts owners of the experts
 * @param expert the layer of every expert
 */
record RoutedBlock(
    Owner owner,
    int index,
    CausalAttention attention,
    RoutedFeedForward feedForward,
    List<Owner> experts,
    FeedForward expert,
    int innerWidth)
    implements Stage {

  @Override
  public OptionalInt layer() {
    return OptionalInt.of(index);
  }

  /** Activations that blocks of one kind may share. */
  private record Inner(
      AttentionPass.Inner attention,
      RoutedFeedForward.Activations routed,
      FeedForward.Buffers expert) {}

  private Inner newInner(PassContext context) {
    return new Inner(
        AttentionPass.Inner.of(attention, context),
        feedForward.newActivations(context.type, context.maxTokens, context.memory),
        new FeedForward.Buffers(context.type, context.maxTokens, innerWidth, context.memory));
  }

  @Override
  public StagePass newPass(PassContext context, RowBuffer input) {
    return new Pass(this, context, context.inner(Inner.class, () -> newInner(context)), input);
  }

  private static final class Pass implements RoutedPass {
    private final RoutedBlock block;
    private final PassContext context;
    private final Inner inner;
    private final AttentionPass attention;
    private final RowBuffer output;

    Pass(RoutedBlock block, PassContext context, Inner inner, RowBuffer input) {
      this.block = block;
      this.context = context;
      this.inner = inner;
      attention = new AttentionPass(block.attention, context, inner.attention, input);
      output = context.rows(block.attention.width());
    }

    @Override
    public RowBuffer output() {
      return output;
    }

    @Override
    public RoutePlan routes() {
      return context.plan(block.index);
    }

    @Override
    public void forward(Workspace workspace, ParameterSet weights) {
      normalise(workspace, weights);
      dispatch(workspace);
    }

    @Override
    public void normalise(Workspace workspace, ParameterSet weights) {
      attention.forward(workspace, weights);
      block.feedForward.normalise(workspace.kernels, weights, inner.routed, attention.output());
    }

    @Override
    public Matrix normed() {
      return inner.routed.normed(context.numTokens());
    }

    @Override
    public void dispatch(Workspace workspace) {
      block.feedForward.sort(workspace.kernels, inner.routed, routes());
    }

    @Override
    public void forwardExpert(Workspace workspace, int i, ParameterSet weights) {
      block.expert.forward(workspace.kernels, weights, sorted(i), activations(i), exchanged(i));
    }

    @Override
    public void combine(Workspace workspace) {
      block.feedForward.combine(
          workspace.kernels,
          inner.routed,
          routes(),
          attention.output(),
          output.rows(context.numTokens()));
    }

    @Override
    public void dispatchGradient(Workspace workspace, ParameterSet weights) {
      if (context.recomputes) {
        forward(workspace, weights);
      }
      block.feedForward.dispatchGradient(workspace.kernels, inner.routed, routes(), gradient());
    }

    @Override
    public void backwardExpert(
        Workspace workspace, int i, ParameterSet weights, Gradients gradients) {
      if (context.recomputes) {
        block.expert.activate(workspace.kernels, weights, sorted(i), activations(i));
      }
      Matrix dInner =
          workspace.feedForward.dInner(context.numTokens()).rows(routes().from(i), routes().to(i));
      block.expert.backward(
          workspace.kernels,
          weights,
          gradients,
          sorted(i),
          activations(i),
          exchanged(i),
          dInner,
          exchanged(i));
      gradients.markStarted();
    }

    @Override
    public void inputGradient(Workspace workspace, ParameterSet weights, Gradients gradients) {
      block.feedForward.combineGradient(
          workspace.kernels,
          weights,
          gradients,
          inner.routed,
          routes(),
          attention.output(),
          gradient(),
          workspace.feedForward);
      attention.inputGradient(workspace, weights, gradients, gradient());
      gradients.markStarted();
    }

    @Override
    public void weightGradients(Workspace workspace, Gradients gradients) {
      attention.weightGradients(workspace, gradients);
      gradients.markLinearsStarted();
    }

    @Override
    public Matrix sorted() {
      return inner.routed.sorted(context.numTokens());
    }

    @Override
    public Matrix exchanged() {
      return inner.routed.exchanged(context.numTokens());
    }

    /** Rows that were dispatched to the i-th active expert, [rows, D]. */
    private Matrix sorted(int i) {
      return ofExpert(sorted(), i);
    }

    /** The expert's outputs; in the backward first their gradients, then those of its inputs. */
    private Matrix exchanged(int i) {
      return ofExpert(exchanged(), i);
    }

    private FeedForward.Activations activations(int i) {
      return inner.expert.rows(context.numTokens()).rows(routes().from(i), routes().to(i));
    }

    private Matrix ofExpert(Matrix rows, int i) {
      return rows.rows(routes().from(i), routes().to(i));
    }

    @Override
    public Matrix gradient() {
      return context.gradient.rows(context.numTokens());
    }
  }
}

package jingwei.model.decoder;

import jingwei.model.layer.FeedForward;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;
import jingwei.model.routing.RoutePlan;

/**
 * The way of one micro-batch back through a decoder, after {@link ForwardPass}: each call reads the
 * weights of one owner and adds to the gradient of that owner. In this order, in one thread or
 * spread over many:
 *
 * <pre>
 *   lossAndGradient; backwardOutput;
 *   for each block, last one first: backwardBlock, or if it is routed: dispatchGradient, backwardExpert for each active
 *   expert, then combineGradient; and, at the latest before the frame is used again, weightGradients;
 *   embeddedGradient
 * </pre>
 *
 * An activation that was read for the last time makes room for a gradient, so that those of the
 * linears' weights can wait until somebody has time for them.
 */
public final class BackwardPass {
  private final Decoder decoder;
  private final ForwardPass forward;

  public BackwardPass(Decoder decoder) {
    this.decoder = decoder;
    this.forward = new ForwardPass(decoder);
  }

  /**
   * Fills {@link Workspace#losses()} and adds the head's share to the gradient of the embedding.
   *
   * @param scale of the gradient: 1 / target tokens of the step
   */
  public void lossAndGradient(
      Workspace workspace,
      Frame frame,
      ParameterSet embeddingWeights,
      Gradients embeddingGradients,
      double scale) {
    decoder
        .embedding()
        .lossAndGradient(
            workspace.kernels,
            embeddingWeights,
            embeddingGradients,
            workspace.logits,
            ForwardPass.head(frame),
            frame.microBatch().targets(),
            scale,
            workspace.losses,
            frame.gradient.rows(frame.numTokens()));
    embeddingGradients.markStarted();
  }

  public void backwardOutput(
      Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients) {
    int n = frame.numTokens();
    Matrix d = frame.gradient.rows(n);
    if (frame.query != null) {
      backwardQuery(workspace, frame, weights, gradients, d);
    }
    decoder
        .finalNorm()
        .backwardInto(
            workspace.kernels,
            weights,
            gradients,
            ForwardPass.input(frame, decoder.blocks().size()),
            frame.normStatistics.rows(n),
            d,
            frame.normGradient.rows(n),
            false);
    gradients.markStarted();
  }

  private void backwardQuery(
      Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients, Matrix d) {
    QueryLayer layer = decoder.queryLayer().orElseThrow();
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.query;
    Matrix middle = buffers.middle().rows(n);
    Matrix output = buffers.output().rows(n);
    layer
        .feedForward()
        .inputGradient(
            workspace.kernels,
            weights,
            gradients,
            buffers.dense(),
            middle,
            output,
            d,
            workspace.feedForward);
    layer
        .attention()
        .inputGradient(
            workspace.kernels,
            weights,
            gradients,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            frame.normed.rows(n),
            middle,
            d,
            workspace.attention);
    layer.feedForward().weightGradients(workspace.kernels, gradients, buffers.dense(), output);
    layer.attention().weightGradients(workspace.kernels, gradients, buffers.attention(), middle);
    gradients.markLinearsStarted();
  }

  /** A dense block, down to its input; {@link #weightGradients} is still to come. */
  public void backwardBlock(
      Workspace workspace,
      Frame frame,
      Block.Dense block,
      int index,
      ParameterSet weights,
      Gradients gradients) {
    recompute(workspace, frame, index, weights);
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    block
        .feedForward()
        .inputGradient(
            workspace.kernels,
            weights,
            gradients,
            buffers.dense(),
            buffers.middle().rows(n),
            buffers.output().rows(n),
            frame.normGradient.rows(n),
            workspace.feedForward);
    backwardAttention(workspace, frame, block, index, weights, gradients);
  }

  /** Gives the experts of a routed block the gradients of their outputs. */
  public void dispatchGradient(
      Workspace workspace, Frame frame, Block.Routed block, int index, ParameterSet weights) {
    recompute(workspace, frame, index, weights);
    block
        .feedForward()
        .dispatchGradient(
            workspace.kernels,
            frame.blocks.get(index).routed(),
            frame.plan(block),
            frame.normGradient.rows(frame.numTokens()));
  }

  /**
   * Backward of one expert on the rows that were dispatched to it.
   *
   * @param i as in {@link ForwardPass#forwardExpert}
   */
  public void backwardExpert(
      Workspace workspace,
      Frame frame,
      Block.Routed block,
      int index,
      int i,
      ParameterSet weights,
      Gradients gradients) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    RoutePlan plan = frame.plan(block);
    int n = frame.numTokens();
    int from = plan.from(i);
    int to = plan.to(i);
    FeedForward.Activations inner = buffers.experts().rows(n).rows(from, to);
    Matrix exchanged = buffers.routed().exchanged(n).rows(from, to);
    Matrix sorted = buffers.routed().sorted(n).rows(from, to);
    if (frame.recomputes()) {
      decoder.expert().activate(workspace.kernels, weights, sorted, inner);
    }
    decoder
        .expert()
        .backward(
            workspace.kernels,
            weights,
            gradients,
            sorted,
            inner,
            exchanged,
            workspace.feedForward.dInner(n).rows(from, to),
            exchanged);
    gradients.markStarted();
  }

  /**
   * What comes below the experts of a routed block, down to its input; {@link #weightGradients} is
   * still to come.
   */
  public void combineGradient(
      Workspace workspace,
      Frame frame,
      Block.Routed block,
      int index,
      ParameterSet weights,
      Gradients gradients) {
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    block
        .feedForward()
        .combineGradient(
            workspace.kernels,
            weights,
            gradients,
            buffers.routed(),
            frame.plan(block),
            buffers.middle().rows(n),
            frame.normGradient.rows(n),
            workspace.feedForward);
    backwardAttention(workspace, frame, block, index, weights, gradients);
  }

  /**
   * Gradient of the embedded rows, [N, D], which {@link jingwei.model.layer.Embedding#backward}
   * takes when the head is done with all micro-batches of the replica.
   */
  public Matrix embeddedGradient(Frame frame) {
    return frame.normGradient.rows(frame.numTokens());
  }

  /**
   * The gradients of a block's linears, any time after its gradient has gone down to its input:
   * nobody above or below waits for them. Where the frame recomputes, before anything else is done
   * with the frame.
   */
  public void weightGradients(Workspace workspace, Frame frame, int index, Gradients gradients) {
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Block block = decoder.blocks().get(index);
    if (block instanceof Block.Dense dense) {
      dense
          .feedForward()
          .weightGradients(workspace.kernels, gradients, buffers.dense(), buffers.output().rows(n));
    }
    block
        .attention()
        .weightGradients(
            workspace.kernels, gradients, buffers.attention(), buffers.middle().rows(n));
    gradients.markLinearsStarted();
  }

  /** A block's inner activations once more, where they were not kept. */
  private void recompute(Workspace workspace, Frame frame, int index, ParameterSet weights) {
    if (frame.recomputes()) {
      Frame.BlockBuffers buffers = frame.blocks.get(index);
      Matrix middle = forward.forwardAttention(workspace, frame, index, weights);
      switch (decoder.blocks().get(index)) {
        case Block.Dense dense ->
            dense.feedForward().activate(workspace.kernels, weights, buffers.dense(), middle);
        case Block.Routed routed ->
            ForwardPass.dispatch(workspace, frame, routed, buffers, weights, middle);
      }
    }
  }

  private void backwardAttention(
      Workspace workspace,
      Frame frame,
      Block block,
      int index,
      ParameterSet weights,
      Gradients gradients) {
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    block
        .attention()
        .inputGradient(
            workspace.kernels,
            weights,
            gradients,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            ForwardPass.input(frame, index),
            buffers.middle().rows(n),
            frame.normGradient.rows(n),
            workspace.attention);
    gradients.markStarted();
  }
}

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
      Workspace lane,
      Frame frame,
      ParameterSet embeddingWeights,
      Gradients embeddingGradients,
      double scale) {
    decoder
        .embedding()
        .lossAndGradient(
            lane.kernels,
            embeddingWeights,
            embeddingGradients,
            lane.logits,
            ForwardPass.head(frame),
            frame.microBatch().targets(),
            scale,
            lane.losses,
            frame.gradient.rows(frame.numTokens()));
    embeddingGradients.markStarted();
  }

  public void backwardOutput(
      Workspace lane, Frame frame, ParameterSet weights, Gradients gradients) {
    int n = frame.numTokens();
    Matrix d = frame.gradient.rows(n);
    if (frame.query != null) {
      backwardQuery(lane, frame, weights, gradients, d);
    }
    decoder
        .finalNorm()
        .backwardInto(
            lane.kernels,
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
      Workspace lane, Frame frame, ParameterSet weights, Gradients gradients, Matrix d) {
    QueryLayer layer = decoder.queryLayer().orElseThrow();
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.query;
    Matrix middle = buffers.middle().rows(n);
    Matrix output = buffers.output().rows(n);
    layer
        .feedForward()
        .inputGradient(
            lane.kernels, weights, gradients, buffers.dense(), middle, output, d, lane.feedForward);
    layer
        .attention()
        .inputGradient(
            lane.kernels,
            weights,
            gradients,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            frame.normed.rows(n),
            middle,
            d,
            lane.attention);
    layer.feedForward().weightGradients(lane.kernels, gradients, buffers.dense(), output);
    layer.attention().weightGradients(lane.kernels, gradients, buffers.attention(), middle);
    gradients.markLinearsStarted();
  }

  /** A dense block, down to its input; {@link #weightGradients} is still to come. */
  public void backwardBlock(
      Workspace lane,
      Frame frame,
      Block.Dense block,
      int index,
      ParameterSet weights,
      Gradients gradients) {
    recompute(lane, frame, index, weights);
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    block
        .feedForward()
        .inputGradient(
            lane.kernels,
            weights,
            gradients,
            buffers.dense(),
            buffers.middle().rows(n),
            buffers.output().rows(n),
            frame.normGradient.rows(n),
            lane.feedForward);
    backwardAttention(lane, frame, block, index, weights, gradients);
  }

  /** Gives the experts of a routed block the gradients of their outputs. */
  public void dispatchGradient(
      Workspace lane, Frame frame, Block.Routed block, int index, ParameterSet weights) {
    recompute(lane, frame, index, weights);
    block
        .feedForward()
        .dispatchGradient(
            lane.kernels,
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
      Workspace lane,
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
      decoder.expert().activate(lane.kernels, weights, sorted, inner);
    }
    decoder
        .expert()
        .backward(
            lane.kernels,
            weights,
            gradients,
            sorted,
            inner,
            exchanged,
            lane.feedForward.dInner(n).rows(from, to),
            exchanged);
    gradients.markStarted();
  }

  /**
   * What comes below the experts of a routed block, down to its input; {@link #weightGradients} is
   * still to come.
   */
  public void combineGradient(
      Workspace lane,
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
            lane.kernels,
            weights,
            gradients,
            buffers.routed(),
            frame.plan(block),
            buffers.middle().rows(n),
            frame.normGradient.rows(n),
            lane.feedForward);
    backwardAttention(lane, frame, block, index, weights, gradients);
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
  public void weightGradients(Workspace lane, Frame frame, int index, Gradients gradients) {
    int n = frame.numTokens();
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Block block = decoder.blocks().get(index);
    if (block instanceof Block.Dense dense) {
      dense
          .feedForward()
          .weightGradients(lane.kernels, gradients, buffers.dense(), buffers.output().rows(n));
    }
    block
        .attention()
        .weightGradients(lane.kernels, gradients, buffers.attention(), buffers.middle().rows(n));
    gradients.markLinearsStarted();
  }

  /** A block's inner activations once more, where they were not kept. */
  private void recompute(Workspace lane, Frame frame, int index, ParameterSet weights) {
    if (frame.recomputes()) {
      Frame.BlockBuffers buffers = frame.blocks.get(index);
      Matrix middle = forward.forwardAttention(lane, frame, index, weights);
      switch (decoder.blocks().get(index)) {
        case Block.Dense dense ->
            dense.feedForward().activate(lane.kernels, weights, buffers.dense(), middle);
        case Block.Routed routed ->
            ForwardPass.dispatch(lane, frame, routed, buffers, weights, middle);
      }
    }
  }

  private void backwardAttention(
      Workspace lane,
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
            lane.kernels,
            weights,
            gradients,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            ForwardPass.input(frame, index),
            buffers.middle().rows(n),
            frame.normGradient.rows(n),
            lane.attention);
    gradients.markStarted();
  }
}

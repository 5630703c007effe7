package jingwei.model.decoder;

import jingwei.model.layer.FeedForward;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;
import jingwei.model.routing.RoutePlan;

/**
 * The way of one micro-batch through a decoder and back, cut where the weights change hands: each
 * call reads the weights of one owner and adds to the gradient of that owner. Whoever holds the
 * owners calls in this order, in one thread or spread over many:
 *
 * <pre>
 *   embed; for each block: forwardBlock, and if it is routed: forwardExpert for each active expert, then combine;
 *   forwardOutput; loss, or lossAndGradient;
 *   backwardOutput; for each block, last one first: backwardBlock, or if it is routed: dispatchGradient, backwardExpert
 *   for each active expert, then combineGradient; embeddedGradient
 * </pre>
 *
 * Nothing is kept here; activations are in the {@link Frame}.
 */
public final class DecoderPass {
  private final Decoder decoder;

  public DecoderPass(Decoder decoder) {
    this.decoder = decoder;
  }

  public void embed(Workspace lane, Frame frame, ParameterSet weights) {
    decoder
        .embedding()
        .forward(
            lane.kernels,
            weights,
            frame.microBatch().tokens(),
            frame.microBatch().positions(),
            frame.embedded.rows(frame.numTokens()));
  }

  /** A dense block whole; of a routed block what comes before its experts. */
  public void forwardBlock(Workspace lane, Frame frame, int index, ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Matrix middle = forwardAttention(lane, frame, index, weights);
    switch (decoder.blocks().get(index)) {
      case Block.Dense dense ->
          dense
              .feedForward()
              .forward(
                  lane.kernels,
                  weights,
                  buffers.dense(),
                  middle,
                  buffers.output().rows(frame.numTokens()));
      case Block.Routed routed -> dispatch(lane, frame, routed, buffers, weights, middle);
    }
  }

  private Matrix forwardAttention(Workspace lane, Frame frame, int index, ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Matrix middle = buffers.middle().rows(frame.numTokens());
    decoder
        .blocks()
        .get(index)
        .attention()
        .forward(
            lane.kernels,
            weights,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            input(frame, index),
            middle);
    return middle;
  }

  private static void dispatch(
      Workspace lane,
      Frame frame,
      Block.Routed routed,
      Frame.BlockBuffers buffers,
      ParameterSet weights,
      Matrix middle) {
    routed
        .feedForward()
        .dispatch(lane.kernels, weights, buffers.routed(), frame.plan(routed), middle);
  }

  /**
   * One expert on the rows that were dispatched to it.
   *
   * @param i index among the experts that are active in this block and micro-batch
   */
  public void forwardExpert(
      Workspace lane, Frame frame, Block.Routed block, int index, int i, ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    RoutePlan plan = frame.plan(block);
    int n = frame.numTokens();
    int from = plan.from(i);
    int to = plan.to(i);
    decoder
        .expert()
        .forward(
            lane.kernels,
            weights,
            buffers.routed().sorted(n).rows(from, to),
            buffers.experts().rows(n).rows(from, to),
            buffers.routed().exchanged(n).rows(from, to));
  }

  /** What comes after the experts of a routed block. */
  public void combine(Workspace lane, Frame frame, Block.Routed block, int index) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    int n = frame.numTokens();
    block
        .feedForward()
        .combine(
            lane.kernels,
            buffers.routed(),
            frame.plan(block),
            buffers.middle().rows(n),
            buffers.output().rows(n));
  }

  /** The final norm and the query layer; returns what the head reads, [N, D]. */
  public Matrix forwardOutput(Workspace lane, Frame frame, ParameterSet weights) {
    int n = frame.numTokens();
    Matrix norm = frame.normed.rows(n);
    decoder
        .finalNorm()
        .forward(
            lane.kernels,
            weights,
            input(frame, decoder.blocks().size()),
            norm,
            frame.normStatistics.rows(n));
    if (frame.query != null) {
      QueryLayer layer = decoder.queryLayer().orElseThrow();
      Matrix middle = frame.query.middle().rows(n);
      layer
          .attention()
          .forward(
              lane.kernels,
              weights,
              frame.query.attention(),
              frame.microBatch().positions(),
              frame.microBatch().segments(),
              norm,
              middle);
      layer
          .feedForward()
          .forward(
              lane.kernels, weights, frame.query.dense(), middle, frame.query.output().rows(n));
    }
    return head(frame);
  }

  /** Fills {@link Workspace#losses()}. */
  public void loss(Workspace lane, Frame frame, ParameterSet embeddingWeights) {
    decoder
        .embedding()
        .losses(
            lane.kernels,
            embeddingWeights,
            lane.logits,
            head(frame),
            frame.microBatch().targets(),
            lane.losses);
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  public Matrix lastLogits(Workspace lane, Frame frame, ParameterSet embeddingWeights) {
    Matrix head = head(frame);
    return decoder
        .embedding()
        .logits(
            lane.kernels, embeddingWeights, lane.logits, head.rows(head.rows() - 1, head.rows()));
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
            head(frame),
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
      QueryLayer layer = decoder.queryLayer().orElseThrow();
      layer
          .feedForward()
          .backward(
              lane.kernels,
              weights,
              gradients,
              frame.query.dense(),
              frame.query.middle().rows(n),
              d,
              lane.feedForward);
      layer
          .attention()
          .backward(
              lane.kernels,
              weights,
              gradients,
              frame.query.attention(),
              frame.microBatch().positions(),
              frame.microBatch().segments(),
              frame.normed.rows(n),
              d,
              lane.attention);
    }
    decoder
        .finalNorm()
        .backwardInto(
            lane.kernels,
            weights,
            gradients,
            input(frame, decoder.blocks().size()),
            frame.normStatistics.rows(n),
            d,
            frame.normGradient.rows(n),
            false);
    gradients.markStarted();
  }

  /** A dense block. */
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
        .backward(
            lane.kernels,
            weights,
            gradients,
            buffers.dense(),
            buffers.middle().rows(n),
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
   * @param i as in {@link #forwardExpert}
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

  /** What comes below the experts of a routed block. */
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

  /** A block's inner activations once more, where they were not kept. */
  private void recompute(Workspace lane, Frame frame, int index, ParameterSet weights) {
    if (frame.recomputes()) {
      Frame.BlockBuffers buffers = frame.blocks.get(index);
      Matrix middle = forwardAttention(lane, frame, index, weights);
      switch (decoder.blocks().get(index)) {
        case Block.Dense dense ->
            dense.feedForward().activate(lane.kernels, weights, buffers.dense(), middle);
        case Block.Routed routed -> dispatch(lane, frame, routed, buffers, weights, middle);
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
    block
        .attention()
        .backward(
            lane.kernels,
            weights,
            gradients,
            frame.blocks.get(index).attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            input(frame, index),
            frame.normGradient.rows(frame.numTokens()),
            lane.attention);
    gradients.markStarted();
  }

  /** What block {@code index} reads; past the last block, what the final norm reads. */
  private static Matrix input(Frame frame, int index) {
    return (index == 0 ? frame.embedded : frame.blocks.get(index - 1).output())
        .rows(frame.numTokens());
  }

  private static Matrix head(Frame frame) {
    return (frame.query == null ? frame.normed : frame.query.output()).rows(frame.numTokens());
  }
}

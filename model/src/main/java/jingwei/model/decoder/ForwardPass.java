package jingwei.model.decoder;

import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;
import jingwei.model.routing.RoutePlan;

/**
 * The way of one micro-batch through a decoder, cut where the weights change hands: each call reads
 * the weights of one owner. Whoever holds the owners calls in this order, in one thread or spread
 * over many:
 *
 * <pre>
 *   embed; for each block: forwardBlock, and if it is routed: forwardExpert for each active expert, then combine;
 *   forwardOutput; loss, or {@link BackwardPass#lossAndGradient} and what follows it
 * </pre>
 *
 * Nothing is kept here; activations are in the {@link Frame}.
 */
public final class ForwardPass {
  private final Decoder decoder;

  public ForwardPass(Decoder decoder) {
    this.decoder = decoder;
  }

  public void embed(Workspace workspace, Frame frame, ParameterSet weights) {
    decoder
        .embedding()
        .forward(
            workspace.kernels,
            weights,
            frame.microBatch().tokens(),
            frame.microBatch().positions(),
            frame.embedded.rows(frame.numTokens()));
  }

  /** A dense block whole; of a routed block what comes before its experts. */
  public void forwardBlock(Workspace workspace, Frame frame, int index, ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Matrix middle = forwardAttention(workspace, frame, index, weights);
    switch (decoder.blocks().get(index)) {
      case Block.Dense dense ->
          dense
              .feedForward()
              .forward(
                  workspace.kernels,
                  weights,
                  buffers.dense(),
                  middle,
                  buffers.output().rows(frame.numTokens()));
      case Block.Routed routed -> dispatch(workspace, frame, routed, buffers, weights, middle);
    }
  }

  Matrix forwardAttention(Workspace workspace, Frame frame, int index, ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    Matrix middle = buffers.middle().rows(frame.numTokens());
    decoder
        .blocks()
        .get(index)
        .attention()
        .forward(
            workspace.kernels,
            weights,
            buffers.attention(),
            frame.microBatch().positions(),
            frame.microBatch().segments(),
            input(frame, index),
            middle);
    return middle;
  }

  static void dispatch(
      Workspace workspace,
      Frame frame,
      Block.Routed routed,
      Frame.BlockBuffers buffers,
      ParameterSet weights,
      Matrix middle) {
    routed
        .feedForward()
        .dispatch(workspace.kernels, weights, buffers.routed(), frame.plan(routed), middle);
  }

  /**
   * One expert on the rows that were dispatched to it.
   *
   * @param i index among the experts that are active in this block and micro-batch
   */
  public void forwardExpert(
      Workspace workspace,
      Frame frame,
      Block.Routed block,
      int index,
      int i,
      ParameterSet weights) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    RoutePlan plan = frame.plan(block);
    int n = frame.numTokens();
    int from = plan.from(i);
    int to = plan.to(i);
    decoder
        .expert()
        .forward(
            workspace.kernels,
            weights,
            buffers.routed().sorted(n).rows(from, to),
            buffers.experts().rows(n).rows(from, to),
            buffers.routed().exchanged(n).rows(from, to));
  }

  /** What comes after the experts of a routed block. */
  public void combine(Workspace workspace, Frame frame, Block.Routed block, int index) {
    Frame.BlockBuffers buffers = frame.blocks.get(index);
    int n = frame.numTokens();
    block
        .feedForward()
        .combine(
            workspace.kernels,
            buffers.routed(),
            frame.plan(block),
            buffers.middle().rows(n),
            buffers.output().rows(n));
  }

  /** The final norm and the query layer; returns what the head reads, [N, D]. */
  public Matrix forwardOutput(Workspace workspace, Frame frame, ParameterSet weights) {
    int n = frame.numTokens();
    Matrix norm = frame.normed.rows(n);
    decoder
        .finalNorm()
        .forward(
            workspace.kernels,
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
              workspace.kernels,
              weights,
              frame.query.attention(),
              frame.microBatch().positions(),
              frame.microBatch().segments(),
              norm,
              middle);
      layer
          .feedForward()
          .forward(
              workspace.kernels,
              weights,
              frame.query.dense(),
              middle,
              frame.query.output().rows(n));
    }
    return head(frame);
  }

  /** Fills {@link Workspace#losses()}. */
  public void loss(Workspace workspace, Frame frame, ParameterSet embeddingWeights) {
    decoder
        .embedding()
        .losses(
            workspace.kernels,
            embeddingWeights,
            workspace.logits,
            head(frame),
            frame.microBatch().targets(),
            workspace.losses);
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  public Matrix lastLogits(Workspace workspace, Frame frame, ParameterSet embeddingWeights) {
    Matrix head = head(frame);
    return decoder
        .embedding()
        .logits(
            workspace.kernels,
            embeddingWeights,
            workspace.logits,
            head.rows(head.rows() - 1, head.rows()));
  }

  /** What block {@code index} reads; past the last block, what the final norm reads. */
  static Matrix input(Frame frame, int index) {
    return (index == 0 ? frame.embedded : frame.blocks.get(index - 1).output())
        .rows(frame.numTokens());
  }

  static Matrix head(Frame frame) {
    return (frame.query == null ? frame.normed : frame.query.output()).rows(frame.numTokens());
  }
}

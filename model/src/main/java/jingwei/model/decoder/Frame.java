package jingwei.model.decoder;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.data.MicroBatch;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.DenseFeedForward;
import jingwei.model.layer.FeedForward;
import jingwei.model.layer.RoutedFeedForward;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * The activations of one micro-batch on its way through a decoder, for one micro-batch after the
 * other. There are as many frames as micro-batches may be in flight.
 *
 * <p>Not thread-safe: whoever has the micro-batch has the frame. Only {@link
 * BackwardPass#weightGradients} comes when the micro-batch is further down, and touches nothing but
 * the buffers of its own block, which nobody else does any more.
 */
public final class Frame {
  final RowBuffer embedded;
  final List<BlockBuffers> blocks = new ArrayList<>();
  final RowBuffer normStatistics;
  final RowBuffer normed;
  final BlockBuffers query;
  final RowBuffer gradient;
  final RowBuffer normGradient;
  private final boolean recomputes;
  private MicroBatch microBatch;
  private List<RoutePlan> plans = List.of();

  /** Activations of one block: both halves, and the residual stream after each of them. */
  record BlockBuffers(
      CausalAttention.Activations attention,
      RowBuffer middle,
      DenseFeedForward.Activations dense,
      RoutedFeedForward.Activations routed,
      FeedForward.Buffers experts,
      RowBuffer output) {
    BlockBuffers with(RowBuffer ownOutput) {
      return new BlockBuffers(attention, middle, dense, routed, experts, ownOutput);
    }
  }

  /** A frame that keeps every activation that the backward needs. */
  public Frame(Decoder decoder, ElementType type, int maxTokens, NativeMemory memory) {
    this(decoder, type, maxTokens, false, memory);
  }

  /**
   * @param maxTokens most tokens of a micro-batch
   * @param recomputes keeps of each block only what it hands on; blocks of a kind share the rest,
   *     and the backward of a block computes it again (Chen et al. 2016), to the same bits
   */
  public Frame(
      Decoder decoder, ElementType type, int maxTokens, boolean recomputes, NativeMemory memory) {
    DecoderShape shape = decoder.shape();
    int width = shape.width();
    this.recomputes = recomputes;
    embedded = new RowBuffer(type, maxTokens, width, memory);
    Map<Class<?>, BlockBuffers> shared = new HashMap<>();
    for (Block block : decoder.blocks()) {
      BlockBuffers of = recomputes ? shared.get(block.getClass()) : null;
      if (of == null) {
        of = inner(block, shape, type, maxTokens, memory);
        shared.put(block.getClass(), of);
      }
      blocks.add(of.with(new RowBuffer(type, maxTokens, width, memory)));
    }
    normStatistics = new RowBuffer(type, maxTokens, 2, memory);
    normed = new RowBuffer(type, maxTokens, width, memory);
    query =
        decoder
            .queryLayer()
            .map(q -> dense(q.attention(), q.feedForward(), type, maxTokens, width, memory))
            .map(q -> q.with(new RowBuffer(type, maxTokens, width, memory)))
            .orElse(null);
    gradient = new RowBuffer(type, maxTokens, width, memory);
    normGradient = new RowBuffer(type, maxTokens, width, memory);
  }

  /**
   * Takes in the next micro-batch.
   *
   * @param newPlans one for each RRE block
   */
  public void begin(MicroBatch newMicroBatch, List<RoutePlan> newPlans) {
    microBatch = newMicroBatch;
    plans = newPlans;
  }

  public MicroBatch microBatch() {
    return microBatch;
  }

  /** Where the tokens go in an RRE block. */
  public RoutePlan plan(Block.Routed block) {
    return plans.get(block.layer());
  }

  /** Whether the inner activations of a block have to be computed again for its backward. */
  public boolean recomputes() {
    return recomputes;
  }

  int numTokens() {
    return microBatch.numTokens();
  }

  /** Buffers of a block but that of its output. */
  private static BlockBuffers inner(
      Block block, DecoderShape shape, ElementType type, int maxTokens, NativeMemory memory) {
    int width = shape.width();
    return switch (block) {
      case Block.Dense dense ->
          dense(dense.attention(), dense.feedForward(), type, maxTokens, width, memory);
      case Block.Routed routed ->
          new BlockBuffers(
              routed.attention().newActivations(type, maxTokens, memory),
              new RowBuffer(type, maxTokens, width, memory),
              null,
              routed.feedForward().newActivations(type, maxTokens, memory),
              new FeedForward.Buffers(type, maxTokens, shape.innerWidth(), memory),
              null);
    };
  }

  private static BlockBuffers dense(
      CausalAttention attention,
      DenseFeedForward feedForward,
      ElementType type,
      int maxTokens,
      int width,
      NativeMemory memory) {
    return new BlockBuffers(
        attention.newActivations(type, maxTokens, memory),
        new RowBuffer(type, maxTokens, width, memory),
        feedForward.newActivations(type, maxTokens, memory),
        null,
        null,
        null);
  }
}

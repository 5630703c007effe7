package jingwei.model.decoder;

import jingwei.model.kernel.Kernels;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.FeedForwardScratch;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * What one thread computes with: kernels and memory whose content nobody needs after a call. One
 * for each lane.
 */
public final class Workspace {
  final Kernels kernels;
  final Embedding.Logits logits;
  final CausalAttention.Scratch attention;
  final FeedForwardScratch feedForward;
  final double[] losses;

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  public Workspace(
      Decoder decoder, Kernels kernels, ElementType type, int maxTokens, NativeMemory memory) {
    DecoderShape shape = decoder.shape();
    this.kernels = kernels;
    logits = decoder.embedding().newLogits(type, maxTokens, memory);
    attention = new CausalAttention.Scratch(type, maxTokens, shape.width(), memory);
    feedForward =
        new FeedForwardScratch(type, maxTokens, shape.width(), shape.innerWidth(), memory);
    losses = new double[maxTokens];
  }

  public Kernels kernels() {
    return kernels;
  }

  /** Loss of each token of the micro-batch that the head computed last, in nats. */
  public double[] losses() {
    return losses;
  }
}

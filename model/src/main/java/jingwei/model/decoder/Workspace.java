package jingwei.model.decoder;

import jingwei.model.kernel.Kernels;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.FeedForwardScratch;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * The kernels and the scratch memory of one thread; there is one for each worker. The content of
 * the memory is not needed after a call.
 */
public final class Workspace {
  private static final int BLOCK = 64;

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

  /**
   * Elements of the largest side of a product in this decoder, with each dimension rounded up to
   * whole cache lines.
   */
  public static long largestSide(Decoder decoder, int maxTokens) {
    DecoderShape shape = decoder.shape();
    long tokens = blocks(maxTokens);
    long width = blocks(shape.width());
    long inner = Math.max(blocks(shape.innerWidth()), blocks(3 * shape.width()));
    long words = blocks(shape.vocabulary());
    long head = Math.min(tokens, blocks(Embedding.HEAD_ROWS));
    return Math.max(Math.max(tokens, width) * inner, Math.max(head, width) * words);
  }

  private static long blocks(int n) {
    return (n + BLOCK - 1L) / BLOCK * BLOCK;
  }

  public Kernels kernels() {
    return kernels;
  }

  /** Waits until the work of all calls so far is done. */
  public void finish() {
    kernels.finish();
  }

  /**
   * Loss of each token of the micro-batch that the head computed last, in nats. Waits for the
   * kernels.
   */
  public double[] losses() {
    finish();
    return losses;
  }
}

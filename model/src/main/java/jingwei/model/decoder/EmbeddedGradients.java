package jingwei.model.decoder;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Gradients of embedded rows, held until the head is done with the whole logical replica. Both ends
 * of the decoder add to the gradient of the word table. Holding one end back keeps the order of the
 * sum fixed, whichever micro-batches are in flight.
 */
public final class EmbeddedGradients {
  private final Embedding embedding;
  private final ElementType type;
  private final int maxTokens;
  private final int width;
  private final NativeMemory memory;
  private final List<RowBuffer> rows = new ArrayList<>();
  private final List<MicroBatch> held = new ArrayList<>();

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  public EmbeddedGradients(Decoder decoder, ElementType type, int maxTokens, NativeMemory memory) {
    this.embedding = decoder.embedding();
    this.type = type;
    this.maxTokens = maxTokens;
    this.width = decoder.shape().width();
    this.memory = memory;
  }

  /** Copies the gradient out of the buffers of a micro-batch whose backward is done. */
  public void hold(Kernels kernels, ActivationBuffers activations) {
    if (rows.size() == held.size()) {
      rows.add(new RowBuffer(type, maxTokens, width, memory));
    }
    Matrix gradient = activations.embeddedGradient();
    kernels.copy(gradient, rows.get(held.size()).rows(gradient.rows()));
    held.add(activations.microBatch());
  }

  /** Adds all held gradients in order, then drops them. */
  public void addTo(Kernels kernels, Gradients gradients) {
    for (int i = 0; i < held.size(); i++) {
      MicroBatch microBatch = held.get(i);
      embedding.backward(
          kernels,
          gradients,
          microBatch.tokens(),
          microBatch.positions(),
          rows.get(i).rows(microBatch.numTokens()),
          i == 0);
    }
    clear();
  }

  /** Drops all held gradients. */
  public void clear() {
    held.clear();
  }
}

package jingwei.model.decoder;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * The activations of one micro-batch in flight. The buffers are reused for one micro-batch after
 * another; there is one object for each micro-batch that may be in flight.
 *
 * <p>Not thread-safe: a micro-batch and its buffers move between threads together. Only {@link
 * StagePass#weightGradients} may run while another stage works on the micro-batch; it touches only
 * the buffers of its own stage.
 */
public final class ActivationBuffers {
  private final PassContext context;
  private final List<StagePass> passes = new ArrayList<>();
  private final HeadPass head;

  /** Buffers that keep every activation that the backward needs. */
  public ActivationBuffers(Decoder decoder, ElementType type, int maxTokens, NativeMemory memory) {
    this(decoder, type, maxTokens, false, memory);
  }

  /**
   * @param maxTokens most tokens of a micro-batch
   * @param recomputes whether a block keeps only its output and computes the rest again in the
   *     backward, to the same bits (Chen et al. 2016)
   */
  public ActivationBuffers(
      Decoder decoder, ElementType type, int maxTokens, boolean recomputes, NativeMemory memory) {
    context = new PassContext(decoder.shape(), type, maxTokens, recomputes, memory);
    RowBuffer input = null;
    for (Stage stage : decoder.stages()) {
      StagePass pass = stage.newPass(context, input);
      passes.add(pass);
      input = pass.output();
    }
    head = new HeadPass(decoder.embedding(), context, input);
  }

  /**
   * Starts the next micro-batch.
   *
   * @param plans one for each RRE layer
   */
  public void begin(MicroBatch microBatch, List<RoutePlan> plans) {
    context.begin(microBatch, plans);
  }

  public MicroBatch microBatch() {
    return context.microBatch();
  }

  /** The pass through a stage, by its index in {@link Decoder#stages()}. */
  public StagePass stage(int index) {
    return passes.get(index);
  }

  public HeadPass head() {
    return head;
  }

  /** Whether the weight gradients of a stage must run before any other call. */
  public boolean recomputes() {
    return context.recomputes;
  }

  /** Gradient of the embedded rows, [N, D], once the backward of all blocks is done. */
  Matrix embeddedGradient() {
    return context.gradient.rows(context.numTokens());
  }
}

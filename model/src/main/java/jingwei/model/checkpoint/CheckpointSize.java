package jingwei.model.checkpoint;

import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.memory.ElementType;
import jingwei.model.state.OwnerState;

/** Estimates the size of a checkpoint without a model. */
public final class CheckpointSize {
  private static final long SMALL_FILES_BYTES = 1 << 20;
  private static final long BYTES_PER_TOKEN_OF_VOCABULARY = 64;
  private static final long BYTES_PER_OWNER = 2048;

  private CheckpointSize() {}

  /**
   * An upper bound in bytes: weights and two moments, older versions, route tables, tokenizer,
   * headers.
   *
   * @param mostStale number of older versions that are kept
   */
  public static long estimate(DecoderShape shape, ElementType type, int mostStale) {
    ParameterCount count = ParameterCount.of(shape);
    long owners = shape.denseBlocks() + shape.routedBlocks() * (1L + shape.expertsPerBlock()) + 2;
    return count.total() * type.bytes() * ((long) OwnerState.TENSORS + mostStale)
        + (long) shape.routedBlocks() * shape.domains() * shape.vocabulary() * Short.BYTES
        + shape.vocabulary() * BYTES_PER_TOKEN_OF_VOCABULARY
        + owners * BYTES_PER_OWNER
        + SMALL_FILES_BYTES;
  }
}

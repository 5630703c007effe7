package jingwei.model.checkpoint;

import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.memory.ElementType;

/** How many bytes a checkpoint takes, before there is a model. */
public final class CheckpointSize {
  private static final long SMALL_FILES_BYTES = 1 << 20;
  private static final long BYTES_PER_TOKEN_OF_VOCABULARY = 64;
  private static final long BYTES_PER_OWNER = 2048;

  private CheckpointSize() {}

  /**
   * An upper estimate: weights and two moments, older versions, route tables, tokenizer, headers.
   *
   * @param mostStale versions before the newest that are kept
   */
  public static long estimate(DecoderShape shape, ElementType type, int mostStale) {
    ParameterCount count = ParameterCount.of(shape);
    long owners = shape.denseBlocks() + shape.routedBlocks() * (1L + shape.expertsPerBlock()) + 2;
    return count.total() * type.bytes() * (3L + mostStale)
        + (long) shape.routedBlocks() * shape.domains() * shape.vocabulary() * Short.BYTES
        + shape.vocabulary() * BYTES_PER_TOKEN_OF_VOCABULARY
        + owners * BYTES_PER_OWNER
        + SMALL_FILES_BYTES;
  }
}

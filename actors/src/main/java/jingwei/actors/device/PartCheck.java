package jingwei.actors.device;

import jingwei.model.data.BatchPart;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.DecoderShape;

/**
 * Checks that a device can compute its part of a batch: kernels read and write memory at the ids of
 * tokens, and the part has come from another node.
 */
final class PartCheck {
  private PartCheck() {}

  /**
   * @param maxTokens most tokens of a micro-batch on the device
   * @throws IllegalArgumentException if a number is out of range
   */
  static void requireFits(BatchPart part, DecoderShape shape, int maxTokens) {
    for (MicroBatch microBatch : part.microBatches()) {
      if (microBatch.numTokens() > maxTokens) {
        throw new IllegalArgumentException(
            "%d tokens in a micro-batch, at most %d".formatted(microBatch.numTokens(), maxTokens));
      }
      requireRange("token", microBatch.tokens(), 0, shape.vocabulary());
      requireRange("target", microBatch.targets(), -1, shape.vocabulary());
      requireRange("position", microBatch.positions(), 0, shape.context());
    }
    int[] experts = part.routes().numExperts();
    if (experts.length != shape.routedBlocks()) {
      throw new IllegalArgumentException(
          "routes of %d layers, but the decoder has %d"
              .formatted(experts.length, shape.routedBlocks()));
    }
    for (int layer = 0; layer < experts.length; layer++) {
      requireRange("expert", part.experts().experts()[layer], 0, shape.expertsPerBlock());
      if (experts[layer] != shape.expertsPerBlock()) {
        throw new IllegalArgumentException(
            "routes to %d experts in layer %d, but it has %d"
                .formatted(experts[layer], layer, shape.expertsPerBlock()));
      }
    }
  }

  private static void requireRange(String what, int[] values, int least, int end) {
    for (int value : values) {
      if (value < least || value >= end) {
        throw new IllegalArgumentException(
            "%s %d is not from %d to %d".formatted(what, value, least, end - 1));
      }
    }
  }
}

package jingwei.bench.torch;

import java.io.DataInputStream;
import java.io.IOException;

/**
 * What is trained: a pre-norm GPT whose last blocks may hold a mixture of experts instead of one
 * feed-forward.
 *
 * @param sizes of one block
 * @param stack which blocks there are
 * @param rows sequences of a batch, each of {@code context} tokens
 * @param half whether linears, attention and GELU compute in bf16
 */
record PeerShape(int vocabulary, int context, Sizes sizes, Stack stack, int rows, boolean half) {

  /** The sizes that all blocks share. */
  record Sizes(int width, int heads, int innerWidth) {}

  /**
   * Which blocks stand on each other.
   *
   * @param experts of each mixture block
   */
  record Stack(int denseBlocks, int mixtureBlocks, int experts) {}

  static PeerShape read(DataInputStream in) throws IOException {
    return new PeerShape(
        in.readInt(),
        in.readInt(),
        new Sizes(in.readInt(), in.readInt(), in.readInt()),
        new Stack(in.readInt(), in.readInt(), in.readInt()),
        in.readInt(),
        in.readBoolean());
  }

  int width() {
    return sizes.width;
  }

  int heads() {
    return sizes.heads;
  }

  int denseBlocks() {
    return stack.denseBlocks;
  }

  int mixtureBlocks() {
    return stack.mixtureBlocks;
  }

  int experts() {
    return stack.experts;
  }

  int tokens() {
    return rows * context;
  }
}

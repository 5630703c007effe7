package jingwei.bench.torch;

import java.io.DataInputStream;
import java.io.IOException;

/**
 * What is trained: a pre-norm GPT whose last blocks may hold a mixture of experts instead of one
 * feed-forward.
 *
 * @param rows sequences of a batch, each of {@code context} tokens
 * @param experts of each mixture block
 * @param half whether linears, attention and GELU compute in bf16
 */
record PeerShape(
    int vocabulary,
    int context,
    int width,
    int heads,
    int innerWidth,
    int denseBlocks,
    int mixtureBlocks,
    int experts,
    int rows,
    boolean half) {

  static PeerShape read(DataInputStream in) throws IOException {
    return new PeerShape(
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readInt(),
        in.readBoolean());
  }

  int tokens() {
    return rows * context;
  }
}

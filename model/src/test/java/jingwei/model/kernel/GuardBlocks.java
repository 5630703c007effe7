package jingwei.model.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/**
 * Blocks of the C heap that hold a known pattern. Each check frees some and allocates them again,
 * so that they lie between the blocks that a library allocates in the same thread.
 *
 * <p>Serves one thread.
 */
final class GuardBlocks {
  private static final int BLOCKS = 48;
  private static final int REPLACED = 8;
  private static final int LARGEST_BYTES = 12_000;

  private final MemorySegment[] blocks = new MemorySegment[BLOCKS];
  private final MemorySegment pattern = Arena.ofAuto().allocate(LARGEST_BYTES);
  private final Random random;

  GuardBlocks(long seed) {
    random = new Random(seed);
    byte[] bytes = new byte[LARGEST_BYTES];
    random.nextBytes(bytes);
    MemorySegment.copy(bytes, 0, pattern, ValueLayout.JAVA_BYTE, 0, LARGEST_BYTES);
    for (int i = 0; i < BLOCKS; i++) {
      blocks[i] = newBlock();
    }
  }

  /**
   * @throws IllegalStateException if a block was overwritten
   */
  void check() {
    for (MemorySegment block : blocks) {
      long at = block.mismatch(pattern.asSlice(0, block.byteSize()));
      if (at >= 0) {
        throw new IllegalStateException(
            "byte %d of a guard block of %d bytes was overwritten".formatted(at, block.byteSize()));
      }
    }
    for (int i = 0; i < REPLACED; i++) {
      int which = random.nextInt(BLOCKS);
      CLibrary.free(blocks[which]);
      blocks[which] = newBlock();
    }
  }

  private MemorySegment newBlock() {
    MemorySegment block = CLibrary.malloc(16 + random.nextInt(LARGEST_BYTES - 16));
    return block.copyFrom(pattern.asSlice(0, block.byteSize()));
  }
}

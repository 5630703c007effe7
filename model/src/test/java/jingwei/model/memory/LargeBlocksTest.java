package jingwei.model.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Blocks that come from mappings of large pages. */
class LargeBlocksTest {
  private static final long[] SIZES = {300_000, 2L << 20, 70L << 20, 262_144, 5L << 20, 100};

  @Test
  void areZeroedAlignedAndApart() {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      List<MemorySegment> blocks = new ArrayList<>();
      for (long bytes : SIZES) {
        MemorySegment block = memory.block(bytes);
        assertEquals(NativeMemory.rounded(bytes), block.byteSize());
        assertEquals(0, block.address() % NativeMemory.ALIGNMENT_BYTES);
        assertEquals(-1, block.mismatch(MemorySegment.ofArray(new byte[(int) block.byteSize()])));
        block.fill((byte) (blocks.size() + 1));
        blocks.add(block);
      }
      for (int i = 0; i < blocks.size(); i++) {
        MemorySegment block = blocks.get(i);
        assertEquals(i + 1, block.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(i + 1, block.get(ValueLayout.JAVA_BYTE, block.byteSize() - 1));
      }
    }
  }

  @Test
  void areGivenBackAndCannotBeReadThen() throws Exception {
    double before = mappedKilobytes();
    NativeMemory memory = NativeMemory.unbounded("test");
    MemorySegment block = memory.block(256L << 20);
    block.fill((byte) 1);
    memory.close();
    assertThrows(IllegalStateException.class, () -> block.get(ValueLayout.JAVA_BYTE, 0));
    assertEquals(before, mappedKilobytes(), 131_072.0, "resident before and after");
  }

  /** An expert that is never written takes no memory of the machine, though it is counted. */
  @Test
  void takeMemoryWhenTheyAreTouched() throws Exception {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      double before = mappedKilobytes();
      memory.block(512L << 20);
      assertEquals(before, mappedKilobytes(), 131_072.0);
      assertEquals(512L << 20, memory.usedBytes());
    }
  }

  private static double mappedKilobytes() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}

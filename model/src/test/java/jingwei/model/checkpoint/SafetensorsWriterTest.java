package jingwei.model.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.WrittenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  private static final MemorySegment SIX = MemorySegment.ofArray(new byte[] {1, 0, 2, 0, 3, 0});
  private static final MemorySegment TWO = MemorySegment.ofArray(new byte[] {4, 0});

  @TempDir private Path folder;

  @Test
  void writesTensorsOneByOneAfterTheirHeader() throws IOException {
    Path file = folder.resolve("two.safetensors");
    WrittenFile written;
    try (SafetensorsWriter writer = new SafetensorsWriter(file, entries())) {
      writer.append(SIX);
      writer.append(TWO);
      written = writer.finish();
    }
    byte[] bytes = Files.readAllBytes(file);
    assertEquals(new WrittenFile(bytes.length, DurableFile.crc32c(bytes)), written);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsReader reader = new SafetensorsReader(file, MappedFile.map(file, arena));
      assertArrayEquals(new short[] {1, 2, 3}, reader.readShorts("a"));
      assertArrayEquals(new short[] {4}, reader.readShorts("b"));
    }
  }

  @Test
  void refusesWhatTheHeaderDoesNotSay() throws IOException {
    try (SafetensorsWriter writer =
        new SafetensorsWriter(folder.resolve("wrong.safetensors"), entries())) {
      assertThrows(IllegalStateException.class, () -> writer.append(TWO));
    }
    try (SafetensorsWriter writer =
        new SafetensorsWriter(folder.resolve("short.safetensors"), entries())) {
      writer.append(SIX);
      assertThrows(IllegalStateException.class, writer::finish);
    }
    try (SafetensorsWriter writer =
        new SafetensorsWriter(folder.resolve("long.safetensors"), entries())) {
      writer.append(SIX);
      writer.append(TWO);
      assertThrows(NoSuchElementException.class, () -> writer.append(TWO));
    }
  }

  private static Map<String, TensorEntry> entries() {
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    entries.put("a", TensorEntry.ofShorts(3));
    entries.put("b", TensorEntry.ofShorts(1));
    return entries;
  }
}

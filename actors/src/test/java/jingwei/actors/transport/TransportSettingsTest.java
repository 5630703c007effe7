package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.UserException;
import jingwei.model.memory.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransportSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "16777217, 1048576, 1000, power of two",
    "0, 1048576, 1000, power of two",
    "16777216, 1048575, 1000, multiples of 64",
    "134217728, 8388608, 1000, multiples of 64",
    "8388608, 1048576, 1000, use smaller parts or longer terms",
    "16777216, 1048576, 0, deadline"
  })
  void aValueOutOfRangeIsRefusedWithASentence(
      int termBytes, int partBytes, long deadlineMillis, String sentence) {
    UserException refused =
        assertThrows(
            UserException.class,
            () ->
                new TransportSettings(
                    Local.AERON, termBytes, partBytes, deadlineMillis, "", LinkSettings.UNLIMITED));
    assertTrue(refused.getMessage().contains(sentence), refused.getMessage());
  }

  @Test
  void theDefaultsAreInRange() {
    assertEquals(Local.AERON, TransportSettings.defaults().local());
  }

  @Test
  void aLoanHasTheSizeOfItsTensorAndIsMadeOnce() {
    TensorRef tensor =
        new TensorRef(new TransferId(0, 0, 1), 0, "dense weights", 1, 16, ElementType.FLOAT64);
    BufferLoans loans = new BufferLoans();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(128);
      loans.lendSource(tensor, bytes);
      loans.lendDestination(tensor, bytes);
      assertThrows(IllegalStateException.class, () -> loans.lendSource(tensor, bytes));
      MemorySegment tooSmall = bytes.asSlice(0, 64);
      assertThrows(IllegalArgumentException.class, () -> loans.lendSource(tensor, tooSmall));
      MemorySegment readOnly = bytes.asReadOnly();
      assertThrows(IllegalArgumentException.class, () -> loans.lendDestination(tensor, readOnly));
      MemorySegment onHeap = MemorySegment.ofArray(new double[16]);
      assertThrows(IllegalArgumentException.class, () -> loans.lendSource(tensor, onHeap));
    }
  }

  @Test
  void aTensorHasElements() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new TensorRef(new TransferId(0, 0, 1), 0, "dense weights", 1, 0, ElementType.FLOAT32));
  }
}

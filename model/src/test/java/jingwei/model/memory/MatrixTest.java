package jingwei.model.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MatrixTest {
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void showsTheSameBytesAsAnNd4jArray(ElementType type) {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Matrix whole = memory.matrix(type, 5, 8);
      Matrix part = whole.rows(1, 4).columns(2, 7);
      part.set(2, 3, 1.5);
      assertEquals(1.5, part.nd4j().getDouble(2, 3));
      part.nd4j().putScalar(0, 1, -2.25);
      assertEquals(-2.25, whole.get(1, 3));
      assertEquals(1.5 - 2.25, whole.nd4j().sumNumber().doubleValue());
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void isAlignedAndZero(ElementType type) {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      for (int i = 1; i < 20; i++) {
        Matrix matrix = memory.matrix(type, i, 3);
        assertEquals(0, matrix.address() % NativeMemory.ALIGNMENT_BYTES);
        assertEquals(0, matrix.nd4j().sumNumber().doubleValue());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void refusesAMatrixAboveTheBudgetAndCountsNothing(ElementType type) {
    try (NativeMemory memory = new NativeMemory("device", 4096)) {
      memory.matrix(type, 16, 16);
      long used = memory.usedBytes();
      String message =
          assertThrows(OutOfBudgetException.class, () -> memory.matrix(type, 100, 100))
              .getMessage();
      assertTrue(
          message.contains("memory=device") && message.contains("availableBytes=" + (4096 - used)),
          message);
      assertEquals(used, memory.usedBytes());
      memory.matrix(type, 4, 4);
    }
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void refusesViewsOutsideItsRange(ElementType type) {
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Matrix matrix = memory.matrix(type, 4, 4);
      assertThrows(IndexOutOfBoundsException.class, () -> matrix.rows(2, 5));
      assertThrows(IndexOutOfBoundsException.class, () -> matrix.columns(-1, 2));
      assertThrows(IndexOutOfBoundsException.class, () -> matrix.get(4, 0));
      assertThrows(IllegalStateException.class, () -> matrix.columns(0, 2).segment());
    }
  }
}

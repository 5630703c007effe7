package jingwei.model.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import jingwei.model.kernel.VectorKernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The wall lets nobody through but copies; {@code WalledKernelsTest} is about its kernels. */
class WalledSpaceTest {
  private final WalledSpace space = new WalledSpace();
  private final NativeMemory walled = new NativeMemory("device", 1 << 16, space);
  private final NativeMemory host = NativeMemory.unbounded("host");
  private final Matrix inside = walled.matrix(ElementType.FLOAT32, 4, 6);
  private final Matrix outside = host.matrix(ElementType.FLOAT32, 4, 6);

  @AfterEach
  void close() {
    walled.close();
    host.close();
  }

  @Test
  void refusesEveryAccessButCopies() {
    VectorKernels ofTheCpu = new VectorKernels(host);
    Map<String, Executable> accesses = new LinkedHashMap<>();
    accesses.put("get", () -> inside.get(0, 0));
    accesses.put("set", () -> inside.set(0, 0, 1));
    accesses.put("segment", inside::segment);
    accesses.put("segment of a view", () -> inside.rows(1, 2).segment());
    accesses.put("address", inside::address);
    accesses.put("address of a view", () -> inside.columns(1, 2).address());
    accesses.put("nd4j", inside::nd4j);
    accesses.put("a kernel of the CPU that reads", () -> ofTheCpu.sumOfSquares(inside));
    accesses.put("a kernel of the CPU that writes", () -> ofTheCpu.copy(outside, inside));
    Matrix square = walled.matrix(ElementType.FLOAT32, 6, 6);
    accesses.put(
        "a product of the CPU",
        () -> ofTheCpu.multiply(outside, false, square, false, outside, false));
    accesses.forEach(
        (name, access) ->
            assertEquals(
                "memory of the walled space was touched outside of its kernels and copies",
                assertThrows(IllegalStateException.class, access, name).getMessage(),
                name));
  }

  @Test
  void givesBlocksAnAddressThatNoCpuCanUse() {
    assertEquals(0, walled.block(100).byteSize());
    assertTrue(walled.block(100).address() < 0);
    assertTrue(inside.addressInSpace() < 0);
    assertThrows(
        IndexOutOfBoundsException.class, () -> walled.block(100).get(ValueLayout.JAVA_BYTE, 0));
    assertThrows(IllegalArgumentException.class, () -> new VectorKernels(walled));
  }

  @Test
  void refusesCopiesOfAnotherSpace() {
    String message =
        assertThrows(
                IllegalStateException.class, () -> space.copyOut(outside, 0, outside.segment()))
            .getMessage();
    assertTrue(message.contains("given memory of the host space"), message);
    assertThrows(
        IllegalStateException.class, () -> HostSpace.INSTANCE.copyIn(outside.segment(), inside, 0));
    assertThrows(
        IllegalStateException.class,
        () ->
            space.inside(
                new NativeMemory("other", 1024, new WalledSpace())
                    .matrix(ElementType.FLOAT32, 1, 1)));
  }

  @Test
  void copiesInAndOutAtAnyOffset() {
    for (int i = 0; i < 24; i++) {
      outside.set(i / 6, i % 6, i + 0.25);
    }
    inside.write(0, outside.segment());
    inside.rows(2, 3).write(8, outside.rows(0, 1).columns(0, 2).segment());
    Matrix read = host.matrix(ElementType.FLOAT32, 1, 8);
    inside.read(40, read.segment());
    double[] expected = {10.25, 11.25, 12.25, 13.25, 0.25, 1.25, 16.25, 17.25};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], read.get(0, i), "element " + i);
    }
  }

  @Test
  void refusesCopiesThatDoNotFit() {
    assertThrows(IndexOutOfBoundsException.class, () -> inside.write(4, outside.segment()));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> inside.rows(3, 4).read(4, outside.rows(0, 1).segment()));
    assertThrows(IndexOutOfBoundsException.class, () -> space.copyIn(outside.segment(), inside, 4));
    assertThrows(IndexOutOfBoundsException.class, () -> outside.write(4, outside.segment()));
    assertThrows(
        IllegalStateException.class,
        () -> inside.columns(0, 2).read(0, outside.rows(0, 1).segment()));
  }

  @Test
  void copiesOnlyWhenSomebodyWaits() {
    outside.set(0, 0, 1);
    Completion in = space.copyIn(outside.segment(), inside, 0);
    outside.set(0, 0, 2);
    in.await();
    Matrix read = host.matrix(ElementType.FLOAT32, 4, 6);
    Completion out = space.copyOut(inside, 0, read.segment());
    assertEquals(0, read.get(0, 0));
    assertFalse(out.isDone());
    assertEquals(0, read.get(0, 0));
    assertTrue(out.isDone());
    assertEquals(2, read.get(0, 0));
    read.set(0, 0, 3);
    out.await();
    assertEquals(3, read.get(0, 0), "a copy runs once");
  }

  @Test
  void startsWithZerosAndKeepsItsBudget() {
    outside.set(3, 5, 1);
    inside.read(0, outside.segment());
    assertEquals(0, outside.get(3, 5));
    assertEquals(128, walled.usedBytes());
    assertThrows(OutOfBudgetException.class, () -> walled.matrix(ElementType.FLOAT32, 1, 1 << 14));
  }

  @Test
  void refusesMemoryThatIsClosed() {
    walled.close();
    String message =
        assertThrows(IllegalStateException.class, () -> inside.read(0, outside.segment()))
            .getMessage();
    assertTrue(message.contains("closed"), message);
  }
}

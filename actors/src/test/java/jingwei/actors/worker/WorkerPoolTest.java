package jingwei.actors.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Precision;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.kernel.WalledBackend;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
  private final NativeMemory memory = NativeMemory.unbounded("test");

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void givesEachThreadAWorkspaceOfItsOwn() {
    WorkerPool workers = pool(2);
    assertEquals(2, workers.workers());
    workers.run(one -> workers.run(other -> assertNotSame(one, other)));
  }

  @Test
  void refusesMoreWorkThanThereAreWorkers() {
    WorkerPool workers = pool(1);
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> workers.run(one -> workers.run(two -> {})));
    assertTrue(refused.getMessage().contains("workers=1"), refused.getMessage());
  }

  @Test
  void takesAWorkspaceBackFromWorkThatFails() {
    WorkerPool workers = pool(1);
    List<Workspace> used = new ArrayList<>();
    assertThrows(
        IllegalArgumentException.class,
        () ->
            workers.run(
                worker -> {
                  used.add(worker);
                  throw new IllegalArgumentException();
                }));
    workers.run(worker -> assertSame(used.getFirst(), worker));
  }

  @Test
  void addsUpTheTimeInUse() {
    WorkerPool workers = pool(1);
    assertEquals(0, workers.busyNanos());
    long[] inside = new long[1];
    workers.run(
        worker -> {
          long start = System.nanoTime();
          do {
            inside[0] = System.nanoTime() - start;
          } while (inside[0] == 0);
        });
    assertTrue(workers.busyNanos() >= inside[0], workers.busyNanos() + " < " + inside[0]);
  }

  @Test
  void remembersHowManyWaitedAtOnceUntilItIsAsked() {
    WorkerPool workers = pool(1);
    workers.sent();
    workers.sent();
    workers.sent();
    workers.taken();
    workers.taken();
    assertEquals(3, workers.takeMostWaiting());
    assertEquals(1, workers.takeMostWaiting());
    workers.sent();
    assertEquals(2, workers.takeMostWaiting());
  }

  @Test
  void returnsWhenTheKernelsHaveFinished() {
    WalledBackend backend = new WalledBackend();
    NativeMemory device = backend.memory("device", 1 << 20);
    Kernels late = backend.kernels(Precision.FP32, device, 0);
    WorkerPool workers =
        new WorkerPool(
            List.of(new Workspace(decoder(), late, ElementType.FLOAT32, 4, device)),
            new Progress());
    Matrix x = device.matrix(ElementType.FLOAT32, 1, 1);
    Matrix read = memory.matrix(ElementType.FLOAT32, 1, 1);
    workers.run(
        worker -> {
          worker.kernels().fill(x, 3);
          x.read(0, read.segment());
        });
    assertEquals(0, read.get(0, 0));
    x.read(0, read.segment());
    assertEquals(3, read.get(0, 0));
    double squares =
        workers.call(
            worker -> {
              worker.kernels().add(x, x);
              return worker.kernels().sumOfSquares(x);
            });
    assertEquals(36, squares);
    device.close();
  }

  private static Decoder decoder() {
    return new Decoder(
        new DecoderShape(
            8,
            4,
            new DecoderShape.Sizes(4, 1, 4),
            new DecoderShape.Stack(1, 0, false),
            DecoderShape.Experts.NONE));
  }

  private WorkerPool pool(int workers) {
    Decoder decoder = decoder();
    List<Workspace> workspaces = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      workspaces.add(
          new Workspace(decoder, new VectorKernels(memory), ElementType.FLOAT32, 4, memory));
    }
    return new WorkerPool(workspaces, new Progress());
  }
}

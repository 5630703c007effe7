package jingwei.model.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * A separate process in which threads multiply while each receives a thousand signals per second. A
 * signal writes below the stack pointer, so a stack pointer into the heap becomes visible.
 */
final class SignalledProducts {
  private static final int THREADS = 3;
  private static final int SIGNALS = 1500;
  private static final int DEPTH = 256;
  private static final int COLUMNS = 320;

  /** Large enough for ND4J, which computes large products without the library. */
  private static final List<Integer> ROWS = List.of(192, 70);

  private static final long DEADLINE_SECONDS = 20;

  /** What computes the products. */
  enum Way {
    LIBRARY,
    BF16,
    WITHOUT_LIBRARY;

    Kernels kernels(NativeMemory memory) {
      return switch (this) {
        case LIBRARY -> new VectorKernels(memory);
        case BF16 -> Precision.BF16.kernels(memory, 0);
        case WITHOUT_LIBRARY -> VectorKernels.withoutLibrary(memory);
      };
    }
  }

  private final Way way;
  private final CountDownLatch ready = new CountDownLatch(THREADS);
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final List<Long> threads = new ArrayList<>();

  private SignalledProducts(Way way) {
    this.way = way;
  }

  /**
   * @param arguments the {@link Way}
   */
  public static void main(String[] arguments) throws Exception {
    CLibrary.catchSignals();
    System.out.println(new SignalledProducts(Way.valueOf(arguments[0])).run() + " products");
  }

  /** Returns the number of products; all of them were correct. */
  private long run() throws Exception {
    long products = 0;
    try (ExecutorService workers = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Long>> counts = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int seed = i;
        counts.add(workers.submit(() -> multiply(seed)));
      }
      boolean isSignalled = ready.await(DEADLINE_SECONDS, TimeUnit.SECONDS) && sendSignals();
      isOver.set(true);
      for (Future<Long> count : counts) {
        products += count.get();
      }
      if (!isSignalled) {
        throw new IllegalStateException("signals were not sent in time");
      }
    }
    return products;
  }

  /** False if the deadline came first. */
  private boolean sendSignals() throws InterruptedException {
    CountDownLatch left = new CountDownLatch(SIGNALS);
    try (ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor()) {
      Future<?> rain =
          clock.scheduleAtFixedRate(
              () -> {
                threads.forEach(CLibrary::signal);
                left.countDown();
              },
              0,
              1,
              TimeUnit.MILLISECONDS);
      boolean isSent = left.await(DEADLINE_SECONDS, TimeUnit.SECONDS);
      rain.cancel(false);
      return isSent;
    }
  }

  private long multiply(int seed) {
    long count = 0;
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      Kernels kernels = way.kernels(memory);
      Matrices matrices = new Matrices(memory, seed);
      List<Product> products = new ArrayList<>();
      for (int rows : ROWS) {
        for (boolean transposeA : List.of(false, true)) {
          for (boolean transposeB : List.of(false, true)) {
            products.add(new Product(kernels, matrices, rows, transposeA, transposeB));
          }
        }
      }
      GuardBlocks guards = new GuardBlocks(seed);
      synchronized (threads) {
        threads.add(CLibrary.thread());
      }
      ready.countDown();
      while (!isOver.get()) {
        products.get((int) (count++ % products.size())).repeat(kernels);
        guards.check();
      }
    }
    return count;
  }

  /** A product that was computed before the first signal, and is computed again. */
  private static final class Product {
    private final Matrix a;
    private final boolean transposeA;
    private final Matrix b;
    private final boolean transposeB;
    private final Matrix expected;
    private final Matrix c;

    Product(Kernels kernels, Matrices matrices, int rows, boolean transposeA, boolean transposeB) {
      this.transposeA = transposeA;
      this.transposeB = transposeB;
      a = transposeA ? matrices.random(DEPTH, rows) : matrices.random(rows, DEPTH);
      b = transposeB ? matrices.random(COLUMNS, DEPTH) : matrices.random(DEPTH, COLUMNS);
      expected = matrices.random(rows, COLUMNS);
      c = matrices.random(rows, COLUMNS);
      kernels.multiply(a, transposeA, b, transposeB, expected, false);
    }

    void repeat(Kernels kernels) {
      kernels.multiply(a, transposeA, b, transposeB, c, false);
      if (c.segment().mismatch(expected.segment()) >= 0) {
        throw new IllegalStateException("a product changed");
      }
    }
  }
}

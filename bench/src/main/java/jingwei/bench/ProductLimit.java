package jingwei.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Precision;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The speed of a step that consists of matrix products only: products of 1,024 cubed on several
 * threads at once, for about as long as a step takes.
 */
final class ProductLimit implements AutoCloseable {
  private static final int SIZE = 1024;
  private static final int TIMES = 100;

  private final NativeMemory memory = NativeMemory.unbounded("limit");
  private final List<Product> products = new ArrayList<>();
  private final ExecutorService threads;

  private final class Product {
    private final Kernels kernels;
    private final Matrix a = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);
    private final Matrix b = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);
    private final Matrix c = memory.matrix(ElementType.FLOAT32, SIZE, SIZE);

    Product(Kernels kernels) {
      this.kernels = kernels;
      kernels.fill(a, 0.5);
      kernels.fill(b, 0.25);
    }

    double flopPerSecond() {
      kernels.multiply(a, false, b, false, c, false);
      long start = System.nanoTime();
      for (int i = 0; i < TIMES; i++) {
        kernels.multiply(a, false, b, false, c, false);
      }
      return 2.0 * SIZE * SIZE * SIZE * TIMES / ((System.nanoTime() - start) / 1e9);
    }
  }

  ProductLimit(int numThreads, Precision precision) {
    threads = Executors.newFixedThreadPool(numThreads);
    for (int i = 0; i < numThreads; i++) {
      products.add(new Product(precision.kernels(memory, (long) SIZE * SIZE)));
    }
  }

  /** The speed of all threads together. */
  double flopPerSecond() throws InterruptedException, ExecutionException {
    List<Future<Double>> running = new ArrayList<>();
    for (Product product : products) {
      running.add(threads.submit(product::flopPerSecond));
    }
    double sum = 0;
    for (Future<Double> one : running) {
      sum += one.get();
    }
    return sum;
  }

  @Override
  public void close() {
    threads.close();
    memory.close();
  }
}

package jingwei.bench.mixture;

import java.util.concurrent.atomic.LongAdder;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.optim.Adam;
import jingwei.model.optim.UpdateStep;
import jingwei.model.state.OwnerState;

/** Updates owners and counts the time that all workers together need. Thread-safe. */
final class ExpertUpdater {
  private final Adam adam;
  private final LongAdder busyNanos = new LongAdder();

  ExpertUpdater(Adam adam) {
    this.adam = adam;
  }

  void update(Kernels kernels, OwnerState state, Gradients gradients, UpdateStep step) {
    long start = System.nanoTime();
    adam.update(kernels, state, gradients, step);
    kernels.finish();
    busyNanos.add(System.nanoTime() - start);
  }

  /** Time of all workers since the last call. */
  long takeBusyNanos() {
    return busyNanos.sumThenReset();
  }

  /** Time of all workers since the last {@link #takeBusyNanos}. */
  long busyNanos() {
    return busyNanos.sum();
  }
}

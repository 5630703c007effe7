package jingwei.cluster.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and SIGTERM: the run is told to stop, and the process waits until it has saved. Every wait
 * inside the run has a deadline of its own, so this one needs none.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {
  private final CountDownLatch left = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean isTraining;
  private volatile boolean stopping;

  private StopSignal() {
    hook = new Thread(this::interrupt, "stop-signal");
  }

  static StopSignal onInterrupt() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  @Override
  public boolean getAsBoolean() {
    return stopping;
  }

  /** From here on there are steps to save; before, the process leaves at once. */
  void trainingBegins() {
    isTraining = true;
  }

  @Override
  public void close() {
    left.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The signal came: the hook is running and ends because the latch is down.
      return;
    }
  }

  private void interrupt() {
    if (left.getCount() == 0) {
      return;
    }
    stopping = true;
    if (!isTraining) {
      System.err.println("stopped before the first step");
      return;
    }
    System.err.println(
        "stopping: the open step is finished, or given up if that takes long, and the run is saved ...");
    try {
      left.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

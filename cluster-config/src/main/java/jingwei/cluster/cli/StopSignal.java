package jingwei.cluster.cli;

import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * Handles Ctrl-C and SIGTERM: the run stops, and the process waits until it has saved. This wait
 * needs no deadline, because every wait inside the run has one.
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

  /** From now on there are steps to save. Before this call, a signal ends the process at once. */
  void trainingBegins() {
    isTraining = true;
  }

  @Override
  public void close() {
    left.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // The JVM is shutting down: the hook is running and ends, since the latch is down.
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
        "stopping: finishing the current step, or giving it up if that takes long, and saving the run ...");
    try {
      left.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

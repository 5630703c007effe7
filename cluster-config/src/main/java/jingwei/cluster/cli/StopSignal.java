package jingwei.cluster.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C and a polite kill: the run is told to stop after its step, and the process waits until it
 * has saved. A second deadline keeps a hung step from holding the process for ever.
 */
final class StopSignal implements BooleanSupplier, AutoCloseable {
  private static final long DEADLINE_SECONDS = 60;

  private final CountDownLatch left = new CountDownLatch(1);
  private final Thread hook;
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
    System.err.println("stopping after this step and saving ...");
    try {
      if (!left.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println(
            "The process waited %d seconds for the run to finish its step and gave up; the last checkpoint stands."
                .formatted(DEADLINE_SECONDS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

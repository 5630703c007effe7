package jingwei.actors.transport;

import io.aeron.driver.Configuration;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.BackoffIdleStrategy;

/** What all Aeron drivers for tensors have in common. */
final class AeronDriver {
  /**
   * For a driver in the process of its clients: after a pause of the process all are still alive.
   */
  static final long LIVENESS_SECONDS = TimeUnit.DAYS.toSeconds(1000);

  /** Room for thousands of counters; their descriptions take four times as much. */
  private static final int COUNTERS_BYTES = 1 << 20;

  /** How often the driver gives a sign of life, and looks for those of its clients. */
  private static final long TIMER_NANOS = 250_000_000;

  private static final long FIRST_PARK_NANOS = 2_000;
  private static final long LONGEST_PARK_NANOS = 500_000;

  private AeronDriver() {}

  /**
   * For a driver in the process of its clients, without threads: the caller chooses who runs it.
   */
  static MediaDriver.Context context(Path folder, int termBytes, ErrorHandler onError) {
    return context(folder, onError)
        .ipcTermBufferLength(termBytes)
        .ipcPublicationTermWindowLength(termBytes / 2)
        .clientLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS))
        .publicationUnblockTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS + 30));
  }

  /**
   * For a driver in a process of its own, on one thread. Each log has the length that its channel
   * names, since clients differ in their settings. A log takes all its memory when it is opened:
   * the process would die if there was no room later.
   */
  static MediaDriver.Context shared(Path folder, DriverSettings settings, ErrorHandler onError) {
    long livenessNanos = TimeUnit.MILLISECONDS.toNanos(settings.livenessMillis());
    return onOneThread(context(folder, onError))
        .mtuLength(settings.mtuBytes())
        .timerIntervalNs(TIMER_NANOS)
        .clientLivenessTimeoutNs(livenessNanos)
        .publicationUnblockTimeoutNs(livenessNanos + livenessNanos / 2);
  }

  /** A driver on one thread that parks when nothing moves. */
  static MediaDriver.Context onOneThread(MediaDriver.Context context) {
    return context
        .threadingMode(ThreadingMode.SHARED)
        .sharedThreadFactory(AeronDriver::thread)
        .sharedIdleStrategy(new BackoffIdleStrategy(10, 10, FIRST_PARK_NANOS, LONGEST_PARK_NANOS))
        .termBufferSparseFile(false);
  }

  /** The thread of a driver; it does not keep its process alive. */
  static Thread thread(Runnable work) {
    return Thread.ofPlatform().name("jingwei-driver").daemon().unstarted(work);
  }

  private static MediaDriver.Context context(Path folder, ErrorHandler onError) {
    return new MediaDriver.Context()
        .aeronDirectoryName(folder.toString())
        .dirDeleteOnStart(true)
        .dirDeleteOnShutdown(true)
        .warnIfDirectoryExists(false)
        .asyncExecutorEnabled(false)
        .ipcMtuLength(Configuration.MAX_UDP_PAYLOAD_LENGTH)
        .lowStorageWarningThreshold(0)
        .counterValuesBufferLength(COUNTERS_BYTES)
        .errorHandler(onError);
  }
}

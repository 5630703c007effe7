package jingwei.actors.transport;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.Configuration;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.AeronException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import jingwei.actors.progress.UptimeClock;
import org.agrona.CloseHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of a node with its Aeron driver and client. All of it runs on the thread that opened the
 * log, which calls {@link #run()} in every round.
 */
final class AeronLog implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(AeronLog.class);
  private static final int STREAM = 1;

  /** Driver and client share one process, so after a pause of the process both are still alive. */
  private static final long LIVENESS_SECONDS = TimeUnit.DAYS.toSeconds(1000);

  private static final long OPEN_SECONDS = 60;

  /** Room for thousands of counters; their descriptions take four times as much. */
  private static final int COUNTERS_BYTES = 1 << 20;

  private final OwnedFolder owned;
  private final Path folder;
  private MediaDriver driver;
  private Aeron aeron;
  private ExclusivePublication publication;
  private Subscription subscription;
  private Throwable fault;

  private AeronLog(OwnedFolder owned) {
    this.owned = owned;
    this.folder = owned.log();
  }

  /**
   * Opens a log in a folder, which it owns from now on.
   *
   * @throws TransportException if that fails
   */
  static AeronLog open(OwnedFolder owned, int termBytes) {
    AeronLog log = new AeronLog(owned);
    try {
      log.start(termBytes);
      return log;
    } catch (Exception e) { // Agrona throws undeclared checked exceptions
      log.close();
      throw new TransportException("the tensor log can not be opened: folder=" + log.folder, e);
    }
  }

  private void start(int termBytes) {
    driver = MediaDriver.launch(driverContext(termBytes));
    aeron =
        Aeron.connect(
            new Aeron.Context()
                .aeronDirectoryName(folder.toString())
                .useConductorAgentInvoker(true)
                .driverAgentInvoker(driver.sharedAgentInvoker())
                .driverTimeoutMs(TimeUnit.SECONDS.toMillis(LIVENESS_SECONDS))
                .errorHandler(this::onError));
    subscription = aeron.addSubscription(CommonContext.IPC_CHANNEL, STREAM);
    publication = aeron.addExclusivePublication(CommonContext.IPC_CHANNEL, STREAM);
    UptimeClock clock = new UptimeClock(System::nanoTime, Duration.ofSeconds(1));
    while (!publication.isConnected() || subscription.hasNoImages()) {
      run();
      if (clock.getAsLong() > TimeUnit.SECONDS.toNanos(OPEN_SECONDS)) {
        throw new TransportException(
            "the tensor log waited %d s for its driver to connect".formatted(OPEN_SECONDS));
      }
    }
  }

  private MediaDriver.Context driverContext(int termBytes) {
    return new MediaDriver.Context()
        .aeronDirectoryName(folder.toString())
        .dirDeleteOnStart(true)
        .dirDeleteOnShutdown(true)
        .warnIfDirectoryExists(false)
        .threadingMode(ThreadingMode.INVOKER)
        .asyncExecutorEnabled(false)
        .ipcTermBufferLength(termBytes)
        .ipcPublicationTermWindowLength(termBytes / 2)
        .ipcMtuLength(Configuration.MAX_UDP_PAYLOAD_LENGTH)
        .termBufferSparseFile(false)
        .lowStorageWarningThreshold(0)
        .counterValuesBufferLength(COUNTERS_BYTES)
        .clientLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS))
        .publicationUnblockTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS + 30))
        .errorHandler(this::onError);
  }

  private void onError(Throwable error) {
    if (error instanceof AeronException aeronError
        && aeronError.category() == AeronException.Category.WARN) {
      LOGGER.warn("tensor log in {}: {}", folder, error.getMessage());
    } else if (fault == null) {
      fault = error;
    }
  }

  /**
   * Runs one round of the driver and the client.
   *
   * @throws TransportException if one of them failed since the last call
   */
  int run() {
    int work = driver.sharedAgentInvoker().invoke() + aeron.conductorAgentInvoker().invoke();
    if (fault != null) {
      throw new TransportException("the driver of the tensor log failed: folder=" + folder, fault);
    }
    if (aeron.isClosed() || !driver.sharedAgentInvoker().isRunning()) {
      throw new TransportException("the driver of the tensor log has ended: folder=" + folder);
    }
    return work;
  }

  ExclusivePublication publication() {
    return publication;
  }

  Subscription subscription() {
    return subscription;
  }

  /** Closes client and driver and deletes the folder. */
  @Override
  public void close() {
    CloseHelper.closeAll(this::onError, aeron, driver);
    owned.close();
  }
}

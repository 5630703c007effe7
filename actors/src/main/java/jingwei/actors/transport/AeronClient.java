package jingwei.actors.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.UnavailableImageHandler;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.AeronException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jingwei.actors.progress.UptimeClock;
import org.agrona.CloseHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Aeron client of a node, with its own driver, that of its process, or that of the machine.
 * Client and own driver run on the thread that opened the client, which calls {@link #run()} in
 * every round.
 */
final class AeronClient implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(AeronClient.class);
  private static final long OPEN_SECONDS = 60;
  private static final long OPEN_PARK_NANOS = 10_000;

  /** How often the client looks whether the driver lives. */
  private static final long KEEP_ALIVE_NANOS = 250_000_000;

  /** Where the driver runs. */
  private enum Driver {
    THIS_THREAD(TimeUnit.SECONDS.toMillis(AeronDriver.LIVENESS_SECONDS)),
    THIS_PROCESS(TimeUnit.SECONDS.toMillis(AeronDriver.LIVENESS_SECONDS)),
    OTHER_PROCESS(DriverSettings.DRIVER_TIMEOUT_MILLIS);

    /** The driver is dead if it gives no sign of life for this long. */
    private final long timeoutMillis;

    Driver(long timeoutMillis) {
      this.timeoutMillis = timeoutMillis;
    }
  }

  private final Path folder;
  private final Driver kind;

  /** Null if the driver is the machine's. */
  private final OwnedFolder owned;

  private MediaDriver driver;
  private Aeron aeron;
  private Throwable fault;

  private AeronClient(Path folder, Driver kind, OwnedFolder owned) {
    this.folder = folder;
    this.kind = kind;
    this.owned = owned;
  }

  /**
   * Starts a driver in a folder, which it owns from now on, and connects to it.
   *
   * @throws TransportException if that fails
   */
  static AeronClient withDriver(OwnedFolder owned, int termBytes) {
    AeronClient client = new AeronClient(owned.log(), Driver.THIS_THREAD, owned);
    client.opened(() -> client.launch(termBytes));
    return client;
  }

  /**
   * Connects to the driver of the nodes of this process.
   *
   * @throws TransportException if that fails
   */
  static AeronClient ofMachine(Path folder) {
    return connected(folder, Driver.THIS_PROCESS, new Aeron.Context());
  }

  /**
   * Connects to the driver process of the machine.
   *
   * @throws TransportException if that fails
   */
  static AeronClient ofSharedDriver(Path folder) {
    return connected(
        folder, Driver.OTHER_PROCESS, new Aeron.Context().keepAliveIntervalNs(KEEP_ALIVE_NANOS));
  }

  private static AeronClient connected(Path folder, Driver kind, Aeron.Context context) {
    AeronClient client = new AeronClient(folder, kind, null);
    client.opened(
        () -> {
          if (!Files.exists(folder)) { // the client would wait for the driver
            throw client.ended(null);
          }
          client.connect(context);
        });
    return client;
  }

  private void launch(int termBytes) {
    driver =
        MediaDriver.launch(
            AeronDriver.context(folder, termBytes, this::onError)
                .threadingMode(ThreadingMode.INVOKER)
                .termBufferSparseFile(false));
    connect(new Aeron.Context().driverAgentInvoker(driver.sharedAgentInvoker()));
  }

  private void connect(Aeron.Context context) {
    aeron =
        Aeron.connect(
            context
                .aeronDirectoryName(folder.toString())
                .useConductorAgentInvoker(true)
                .driverTimeoutMs(kind.timeoutMillis)
                .errorHandler(this::onError));
  }

  /** Closes the client if an action fails that belongs to its opening. */
  void opened(Runnable action) {
    try {
      action.run();
    } catch (Exception e) { // Agrona throws undeclared checked exceptions
      close();
      if (kind == Driver.OTHER_PROCESS) {
        throw e instanceof TransportException known ? known : ended(e);
      }
      throw new TransportException("the tensor log can not be opened: folder=" + folder, e);
    }
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
   * Runs one round of the client and of its own driver.
   *
   * @throws TransportException if one of them failed since the last call
   */
  int run() {
    int work = driver == null ? 0 : driver.sharedAgentInvoker().invoke();
    work += aeron.conductorAgentInvoker().invoke();
    if (kind == Driver.OTHER_PROCESS && (fault != null || aeron.isClosed())) {
      throw ended(fault);
    }
    if (fault != null) {
      throw new TransportException("the driver of the tensor log failed: folder=" + folder, fault);
    }
    if (aeron.isClosed() || (driver != null && !driver.sharedAgentInvoker().isRunning())) {
      throw new TransportException("the driver of the tensor log has ended: folder=" + folder);
    }
    return work;
  }

  private TransportException ended(Throwable cause) {
    if (kind == Driver.THIS_PROCESS) {
      return new TransportException("the driver of the machine does not run");
    }
    return new TransportException(DriverFault.sentence(cause, folder), cause);
  }

  /** Opens an inbox and waits until it is open. */
  Subscription subscribe(NodeAddress address, UnavailableImageHandler onUnavailable) {
    long id = aeron.asyncAddSubscription(address.channel(), address.stream(), null, onUnavailable);
    Subscription[] opened = new Subscription[1];
    await(() -> (opened[0] = aeron.getSubscription(id)) != null);
    return opened[0];
  }

  /** Begins to open a log to an inbox. */
  long publish(NodeAddress address) {
    return aeron.asyncAddExclusivePublication(address.channel(), address.stream());
  }

  /** The log that was opened; null as long as the driver has not opened it. */
  ExclusivePublication publication(long id) {
    return aeron.getExclusivePublication(id);
  }

  /** Runs until something is open. */
  void await(BooleanSupplier isOpen) {
    UptimeClock clock = new UptimeClock(System::nanoTime, Duration.ofSeconds(1));
    while (!isOpen.getAsBoolean()) {
      if (run() == 0) {
        LockSupport.parkNanos(OPEN_PARK_NANOS);
      }
      if (clock.getAsLong() > TimeUnit.SECONDS.toNanos(OPEN_SECONDS)) {
        throw new TransportException(
            "the tensor log waited %d s for its driver to connect".formatted(OPEN_SECONDS));
      }
    }
  }

  /** Closes the client; with an own driver, closes that, too, and deletes its folder. */
  @Override
  public void close() {
    CloseHelper.closeAll(this::onError, aeron, driver);
    if (owned != null) {
      owned.close();
    }
  }
}

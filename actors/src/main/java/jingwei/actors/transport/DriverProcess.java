package jingwei.actors.transport;

import io.aeron.driver.MediaDriver;
import io.aeron.status.HeartbeatTimestamp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.status.CountersReader;

/**
 * The process with the Aeron driver of a machine: {@code java ... DriverProcess FOLDER MTU_BYTES
 * IDLE_MILLIS LIVENESS_MILLIS}. {@link SharedDriver} starts it; it outlives the node that did. It
 * ends when no client has used it for a while, or on SIGTERM, and deletes Aeron's files.
 */
public final class DriverProcess {
  private static final long ROUND_MILLIS = 250;
  private static final long LOCK_MILLIS = 5_000;
  private static final long END_MILLIS = 5_000;
  private static final int MAX_ERRORS = 1_000;

  private final DriverSettings settings;
  private final DriverFolder folder;
  private final Thread main = Thread.currentThread();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean isEndWanted;
  private Thread aeron;
  private int errors;

  private DriverProcess(DriverSettings settings) {
    this.settings = settings;
    this.folder = new DriverFolder(settings.folder());
  }

  /** Runs the driver until nobody uses it. */
  public static void main(String[] arguments) throws IOException {
    new DriverProcess(DriverSettings.parse(List.of(arguments))).run();
  }

  private void run() throws IOException {
    Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown));
    try (ProcessLock lock = takeLock()) {
      if (lock == null) {
        say("another driver runs in this folder");
        return;
      }
      ProcessLock start = null;
      try (MediaDriver driver = MediaDriver.launch(context())) {
        lock.sign();
        say("started: " + settings);
        start = work(driver);
        lock.unsign(); // whoever needs a driver now waits until this one has ended
      } finally {
        say("ended");
        if (start != null) {
          start.close();
        }
      }
    } finally {
      ended.countDown();
    }
  }

  /** Other processes hold the lock for a moment when they look whether there is a driver. */
  private ProcessLock takeLock() throws IOException {
    long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOCK_MILLIS);
    ProcessLock lock = ProcessLock.take(folder.driverLock());
    while (lock == null && System.nanoTime() - endNanos < 0) {
      LockSupport.parkNanos(1_000_000);
      lock = ProcessLock.take(folder.driverLock());
    }
    return lock;
  }

  private MediaDriver.Context context() {
    return AeronDriver.shared(folder.log(), settings, this::onError)
        .sharedThreadFactory(work -> aeron = AeronDriver.thread(work));
  }

  /**
   * Waits until the driver is to end.
   *
   * @return the lock that keeps nodes from looking for the driver; null if the driver was told to
   *     end, or failed
   */
  private ProcessLock work(MediaDriver driver) throws IOException {
    CountersReader counters =
        new CountersReader(
            driver.context().countersMetaDataBuffer(),
            driver.context().countersValuesBuffer(),
            StandardCharsets.US_ASCII);
    DriverUse use = new DriverUse(settings.idleMillis(), System.currentTimeMillis());
    while (!isEndWanted && aeron.isAlive()) {
      LockSupport.parkNanos(
          TimeUnit.MILLISECONDS.toNanos(Math.min(ROUND_MILLIS, settings.idleMillis())));
      if (isOver(use, counters)) {
        ProcessLock start = ProcessLock.take(folder.startLock());
        if (start != null && isOver(use, counters)) {
          say("no client for %d ms".formatted(settings.idleMillis()));
          return start;
        }
        if (start != null) {
          start.close();
        }
      }
    }
    say(aeron.isAlive() ? "told to end" : "the thread of the driver has ended");
    return null;
  }

  private boolean isOver(DriverUse use, CountersReader counters) throws IOException {
    long neededMillis =
        Files.exists(folder.startLock())
            ? Files.getLastModifiedTime(folder.startLock()).toMillis()
            : 0;
    return use.isOver(clients(counters), neededMillis, System.currentTimeMillis());
  }

  /** Each client has a counter with the time of its last sign of life. */
  static int clients(CountersReader counters) {
    int[] clients = {0};
    counters.forEach(
        (counter, type, key, label) ->
            clients[0] += type == HeartbeatTimestamp.HEARTBEAT_TYPE_ID ? 1 : 0);
    return clients[0];
  }

  private void onShutdown() {
    isEndWanted = true;
    LockSupport.unpark(main);
    try {
      if (!ended.await(END_MILLIS, TimeUnit.MILLISECONDS)) {
        say("the end of the process waited %d ms for the driver".formatted(END_MILLIS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A client whose request fails has the error, too. The file must not fill the memory. */
  private synchronized void onError(Throwable error) {
    errors++;
    if (errors <= MAX_ERRORS) {
      say(error.toString());
    }
  }

  /** The output is a file of the folder. */
  private static void say(String message) {
    System.out.printf("%s %d %s%n", Instant.now(), ProcessHandle.current().pid(), message);
  }
}

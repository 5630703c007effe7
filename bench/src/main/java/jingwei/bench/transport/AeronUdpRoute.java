package jingwei.bench.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.ImageFragmentAssembler;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.Configuration;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Aeron over UDP on the loopback, as between machines: parts of 1 MB, reassembled in the receiver's
 * memory. There is one driver thread and one thread for each end; all of them park when idle.
 */
final class AeronUdpRoute implements TensorRoute {
  private static final String CHANNEL = "aeron:udp?endpoint=127.0.0.1:40579|term-length=16m";
  private static final int STREAM = 7;
  private static final int PART_BYTES = 1 << 20;
  private static final long CONNECT_SECONDS = 20;

  private record Transfer(MemorySegment from, MemorySegment to, Runnable arrived) {}

  private final Queue<Transfer> sending = new ConcurrentLinkedQueue<>();
  private final Queue<Transfer> receiving = new ConcurrentLinkedQueue<>();
  private final MediaDriver driver;
  private final Aeron aeron;
  private final ExclusivePublication publication;
  private final Subscription subscription;
  private final Thread sender;
  private final Thread receiver;
  private volatile boolean isStopped;
  private long received;

  AeronUdpRoute() {
    driver =
        MediaDriver.launchEmbedded(
            new MediaDriver.Context()
                .threadingMode(ThreadingMode.SHARED)
                .mtuLength(Configuration.MAX_UDP_PAYLOAD_LENGTH)
                .socketSndbufLength(2 << 20)
                .socketRcvbufLength(2 << 20)
                .initialWindowLength(2 << 20)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .sharedIdleStrategy(idle()));
    aeron =
        Aeron.connect(
            new Aeron.Context()
                .aeronDirectoryName(driver.aeronDirectoryName())
                .idleStrategy(idle()));
    subscription = aeron.addSubscription(CHANNEL, STREAM);
    publication = aeron.addExclusivePublication(CHANNEL, STREAM);
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(CONNECT_SECONDS);
    while (!publication.isConnected()) {
      if (System.nanoTime() > deadlineNanos) {
        throw new IllegalStateException(
            "the publication waited %d s for its subscriber".formatted(CONNECT_SECONDS));
      }
      Thread.onSpinWait();
    }
    sender = Thread.ofPlatform().daemon().name("udp-sender").start(this::sendAll);
    receiver = Thread.ofPlatform().daemon().name("udp-receiver").start(this::receiveAll);
  }

  @Override
  public String name() {
    return "aeron-udp";
  }

  @Override
  public void send(MemorySegment from, MemorySegment to, Runnable arrived) {
    Transfer transfer = new Transfer(from, to, arrived);
    receiving.add(transfer);
    sending.add(transfer);
  }

  private void sendAll() {
    BackoffIdleStrategy idle = idle();
    UnsafeBuffer part = new UnsafeBuffer(0, 0);
    Transfer current = null;
    long sent = 0;
    while (!isStopped) {
      current = current == null ? sending.poll() : current;
      if (current == null) {
        idle.idle();
        continue;
      }
      int length = (int) Math.min(PART_BYTES, current.from.byteSize() - sent);
      part.wrap(current.from.address() + sent, length);
      long result = publication.offer(part, 0, length);
      if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
        throw new IllegalStateException("the publication ended: " + result);
      }
      idle.idle(result > 0 ? 1 : 0);
      sent += result > 0 ? length : 0;
      if (sent == current.from.byteSize()) {
        current = null;
        sent = 0;
      }
    }
  }

  private void receiveAll() {
    BackoffIdleStrategy idle = idle();
    ImageFragmentAssembler assembler =
        new ImageFragmentAssembler(
            (buffer, offset, length, header) -> take(buffer, offset, length), PART_BYTES);
    while (!isStopped) {
      idle.idle(subscription.poll(assembler, 16));
    }
  }

  private void take(DirectBuffer buffer, int offset, int length) {
    Transfer current = receiving.peek();
    new UnsafeBuffer(current.to.address() + received, length).putBytes(0, buffer, offset, length);
    received += length;
    if (received == current.to.byteSize()) {
      received = 0;
      receiving.remove().arrived.run();
    }
  }

  private static BackoffIdleStrategy idle() {
    return new BackoffIdleStrategy(10, 10, 1_000, 200_000);
  }

  @Override
  public void close() {
    isStopped = true;
    try {
      sender.join(TimeUnit.SECONDS.toMillis(CONNECT_SECONDS));
      receiver.join(TimeUnit.SECONDS.toMillis(CONNECT_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    CloseHelper.closeAll(aeron, driver);
  }
}

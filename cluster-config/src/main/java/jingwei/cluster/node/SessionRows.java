package jingwei.cluster.node;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The standard input of a session: rows that a client sends. The run reads whole rows and makes
 * them durable. A client begins after the durable rows; what an earlier client sent beyond them is
 * either durable by then or forgotten. Thread-safe.
 */
final class SessionRows {
  /** Bytes that wait for the run, above which a client has to send again. */
  private static final int MOST_PENDING_BYTES = 1 << 20;

  /** A client that has not been heard of for so long may be followed by another one. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How often a reader that waits looks whether it is to go on. */
  private static final long LOOK_MILLIS = 100;

  private final Runnable requireGoingOn;
  private final LongSupplier nanoTime;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> pending = new ArrayDeque<>();
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private long pendingBytes;

  /** Null if the run does not read, or has not said yet how many rows are durable. */
  private Pipe pipe;

  /** Rows that were durable when the pipe was opened; -1 until the run has said so. */
  private long rowsBefore = -1;

  private long passedRows;
  private long durableRows;
  private boolean isEndDurable;

  /** Null for none. */
  private String client;

  private int connection;
  private long heardNanos;
  private long received;
  private boolean isAtEnd;

  /**
   * What has come of a client's rows.
   *
   * @param isConnected whether this client may send; otherwise it has to connect, perhaps later
   * @param received bytes that were taken since it connected
   * @param rows durable rows of all clients
   * @param isEndDurable whether no row follows, for good
   */
  record Receipt(boolean isConnected, long received, long rows, boolean isEndDurable) {
    /** For a client whose session does not read. */
    static final Receipt NONE = new Receipt(false, 0, 0, false);
  }

  /**
   * @param requireGoingOn throws if another node may lead the session, or it is to end
   * @param nanoTime a clock
   */
  SessionRows(Runnable requireGoingOn, LongSupplier nanoTime) {
    this.requireGoingOn = requireGoingOn;
    this.nanoTime = nanoTime;
  }

  /** Begins a new reading; an earlier one ends with an error. */
  InputStream open() {
    lock.lock();
    try {
      close();
      pipe = new Pipe();
      return pipe;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the reading; its reader sees an error. */
  void close() {
    lock.lock();
    try {
      if (pipe != null) {
        pipe.isOpen = false;
      }
      pipe = null;
      pending.clear();
      pendingBytes = 0;
      rowsBefore = -1;
      passedRows = 0;
      forgetClient();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void forgetClient() {
    client = null;
    received = 0;
    isAtEnd = false;
    partial.reset();
  }

  /** The run tells how many rows are durable, the first time before it reads any. */
  void kept(long rows, boolean areAll) {
    lock.lock();
    try {
      if (rowsBefore < 0) {
        rowsBefore = rows;
      }
      durableRows = rows;
      isEndDurable = areAll;
    } finally {
      lock.unlock();
    }
  }

  /** Number of durable rows; empty if the run does not read. */
  OptionalLong kept() {
    lock.lock();
    try {
      return rowsBefore < 0 ? OptionalLong.empty() : OptionalLong.of(durableRows);
    } finally {
      lock.unlock();
    }
  }

  /**
   * A client wants to send the rows that follow the durable ones. It has to wait while another one
   * sends: the two would not know of each other's rows.
   *
   * @param newConnection its number among those of this client
   */
  Receipt connect(String newClient, int newConnection) {
    lock.lock();
    try {
      boolean isQuiet = rowsBefore >= 0 && durableRows >= rowsBefore + passedRows;
      boolean isNew = !isConnected(newClient, newConnection);
      if (pipe != null && isQuiet && isNew && !hasAnotherThan(newClient)) {
        forgetClient();
        client = newClient;
        connection = newConnection;
      }
      return receipt(newClient, newConnection);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes bytes that continue those of the same client, if there is room. Bytes may come twice.
   *
   * @param by number of its connection
   * @param at number of bytes that the client has sent before since it connected
   * @param isLast whether none follows
   */
  Receipt take(String from, int by, long at, byte[] bytes, boolean isLast) {
    lock.lock();
    try {
      boolean isNext = isConnected(from, by) && at == received && !isAtEnd;
      if (pipe != null && isNext && pendingBytes < MOST_PENDING_BYTES) {
        received += bytes.length;
        isAtEnd = isLast;
        add(bytes, isLast);
        changed.signalAll();
      }
      return receipt(from, by);
    } finally {
      lock.unlock();
    }
  }

  private void add(byte[] bytes, boolean isLast) {
    int whole = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        passedRows++;
        whole = i + 1;
      }
    }
    if (whole > 0 || isLast) {
      partial.write(bytes, 0, isLast ? bytes.length : whole);
      pass(partial.toByteArray());
      partial.reset();
    }
    if (!isLast) {
      partial.write(bytes, whole, bytes.length - whole);
    }
  }

  private void pass(byte[] rows) {
    if (rows.length > 0) {
      pending.add(rows);
      pendingBytes += rows.length;
    }
  }

  private boolean isConnected(String who, int by) {
    return who.equals(client) && by == connection;
  }

  private boolean hasAnotherThan(String who) {
    return client != null
        && !client.equals(who)
        && nanoTime.getAsLong() - heardNanos < PATIENCE.toNanos();
  }

  private Receipt receipt(String of, int by) {
    boolean isConnected = isConnected(of, by);
    if (isConnected) {
      heardNanos = nanoTime.getAsLong();
    }
    return new Receipt(isConnected, isConnected ? received : 0, durableRows, isEndDurable);
  }

  private final class Pipe extends InputStream {
    private boolean isOpen = true;
    private int offset;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      lock.lock();
      try {
        while (isOpen && pending.isEmpty() && !isAtEnd) {
          requireGoingOn.run();
          changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (!isOpen) {
          throw new IOException("the session does not read any more");
        }
        requireGoingOn.run();
        if (pending.isEmpty()) {
          return -1;
        }
        byte[] first = pending.getFirst();
        int count = Math.min(length, first.length - offset);
        System.arraycopy(first, offset, into, from, count);
        offset += count;
        pendingBytes -= count;
        if (offset == first.length) {
          pending.removeFirst();
          offset = 0;
        }
        return count;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the session does not read any more");
      } finally {
        lock.unlock();
      }
    }
  }
}

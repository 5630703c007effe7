package jingwei.cluster.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.cluster.session.FaultException;
import jingwei.streams.spool.WholeRows;

/**
 * Sends the rows of a stream to a session. The stream continues after the rows that the session has
 * already. A row counts as sent once it is durable there; if the leader changes before, the next
 * one is sent it again. So at most one buffer of rows is on its way.
 */
public final class RowSender {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MOST_BYTES = 1 << 17;
  private static final long ROUND_MILLIS = 10;
  private static final long WAIT_MILLIS = 500;

  /** Longest time without a look at the session. */
  private static final Duration LOOK = Duration.ofSeconds(2);

  private static final long SIGNAL_MILLIS = 300;
  private static final byte[] EMPTY_LINE = {'\n'};

  private final Function<Query, String> cluster;
  private final String session;
  private final Consumer<String> notes;
  private final String name = UUID.randomUUID().toString();
  private int connections;
  private String state = "";
  private SessionRows.Receipt receipt = SessionRows.Receipt.NONE;

  /** Durable rows, as far as this client knows; -1 before the first connection. */
  private long rows = -1;

  /**
   * @param cluster asks the cluster; see {@link ClusterClient#ask}
   * @param notes receives what the client waits for
   */
  public RowSender(Function<Query, String> cluster, String session, Consumer<String> notes) {
    this.cluster = cluster;
    this.session = session;
    this.notes = notes;
  }

  /**
   * Sends all rows. Returns once they and their end are durable, or the session is done without
   * them.
   *
   * @param mostRowBytes longest row that the session can use; a longer one is sent in part
   * @return number of rows that the session has then
   * @throws FaultException if the session is stopped or has failed
   */
  public long send(InputStream stream, int mostRowBytes) {
    try {
      sendAll(stream, new WholeRows(mostRowBytes));
    } catch (FaultException silent) {
      throw rows < 0
          ? silent
          : new FaultException(
              "%s %d rows of session %s are kept.".formatted(silent.getMessage(), rows, session),
              silent);
    }
    return Math.max(0, rows);
  }

  private void sendAll(InputStream stream, WholeRows whole) {
    PipeReader reader = PipeReader.start(stream, MOST_BYTES);
    boolean[] isWanted = {connect()};
    while (isWanted[0]) {
      Optional<byte[]> read = reader.poll(LOOK);
      if (read.isEmpty()) {
        isWanted[0] = isStillWanted();
      } else if (read.get().length == 0) {
        park(
            SIGNAL_MILLIS); // a signal to stop often ends the producer a moment before this command
        deliver(whole.rest(), true);
        return;
      } else {
        whole.add(
            read.get(),
            read.get().length,
            more -> isWanted[0] = isWanted[0] && deliver(bytes(more), false));
      }
    }
  }

  /** Asks from time to time, since a producer may be silent long after the session has ended. */
  private boolean isStillWanted() {
    ask(rows(new byte[0], false));
    return receipt.isConnected() || connect();
  }

  private static byte[] bytes(ByteBuffer of) {
    byte[] bytes = new byte[of.remaining()];
    of.get(bytes);
    return bytes;
  }

  /**
   * Sends rows until they are durable.
   *
   * @param areLast whether none follows; then the last one may have no line end
   * @return false if the session wants no more rows
   */
  private boolean deliver(byte[] batch, boolean areLast) {
    long before = rows;
    long wanted = before + count(batch);
    long offset = -receipt.received(); // of the batch in what was sent since the client connected
    while (true) {
      if (!receipt.isConnected()) {
        if (!connect()) {
          return false;
        }
        if (rows > wanted + (areLast ? connections : 0)) { // an empty line for each of them
          throw fault("has rows of another client");
        }
        offset = startOf(batch, rows - before);
      }
      int from = (int) Math.min(batch.length, offset + receipt.received());
      if (areLast ? receipt.isEndDurable() : from == batch.length && receipt.rows() >= wanted) {
        rows = receipt.rows();
        return true;
      }
      if (receipt.isEndDurable()) {
        notes.accept("session %s has all its rows already".formatted(session));
        return false;
      }
      long received = receipt.received();
      give(batch, from, areLast);
      if (receipt.received() == received) {
        park(ROUND_MILLIS);
      }
    }
  }

  private void give(byte[] batch, int from, boolean areLast) {
    int to = Math.min(batch.length, from + MOST_BYTES);
    byte[] piece = Arrays.copyOfRange(batch, from, to);
    boolean isLast = areLast && to == batch.length;
    if (isLast && piece.length == 0 && connections > 1 && rows > 0 && receipt.received() == 0) {
      piece = EMPTY_LINE; // the next leader would take a stream without anything for a mistake
    }
    ask(rows(piece, isLast));
  }

  private Query rows(byte[] piece, boolean isLast) {
    return new Query.Rows(
        session,
        name,
        connections,
        receipt.received(),
        Base64.getEncoder().encodeToString(piece),
        isLast);
  }

  /**
   * Waits until the session takes rows.
   *
   * @return false if it is done
   */
  private boolean connect() {
    connections++;
    while (true) {
      ask(new Query.Connect(session, name, connections));
      if (receipt.isConnected()) {
        if (receipt.rows() < rows) {
          throw fault("has lost rows: %d were durable, and %d are".formatted(rows, receipt.rows()));
        }
        rows = receipt.rows();
        return true;
      }
      switch (state) {
        case "done" -> {
          notes.accept("session %s is done; no more rows are read".formatted(session));
          return false;
        }
        case "stopped", "failed" -> throw fault("is " + state);
        default -> park(WAIT_MILLIS);
      }
    }
  }

  private FaultException fault(String what) {
    return new FaultException(
        "The session %s %s; %d rows are kept.".formatted(session, what, Math.max(0, rows)), null);
  }

  private void ask(Query query) {
    try {
      JsonNode answer = MAPPER.readTree(cluster.apply(query));
      receipt = MAPPER.treeToValue(answer.path("receipt"), SessionRows.Receipt.class);
      String now = answer.path("state").asText();
      if (!now.equals(state) && !receipt.isConnected()) {
        notes.accept("session %s is %s and takes no rows of this command".formatted(session, now));
      }
      state = now;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Number of bytes of the first rows. */
  private static int startOf(byte[] batch, long rows) {
    int at = 0;
    for (long left = rows; left > 0 && at < batch.length; at++) {
      left -= batch[at] == '\n' ? 1 : 0;
    }
    return at;
  }

  private static long count(byte[] rows) {
    long count = 0;
    for (byte each : rows) {
      count += each == '\n' ? 1 : 0;
    }
    return count;
  }

  private static void park(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}

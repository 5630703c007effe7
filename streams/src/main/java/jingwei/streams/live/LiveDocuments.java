package jingwei.streams.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jingwei.model.corpus.LiveRows;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.corpus.Rejections;
import jingwei.model.data.DocumentStreams;
import jingwei.model.data.DomainStream;
import jingwei.streams.spool.DurableRows;

/**
 * The training documents of a live source: in each domain the documents in the order of their
 * arrival, each once. Every open domain reads all rows and takes its own, so a domain that is read
 * fast does not fill memory with the rows of a slow one. Thread-safe.
 */
public final class LiveDocuments implements DocumentStreams {
  private static final int NONE = -1;

  private final LiveSource source;
  private final DurableRows rows;
  private final RejectedRows rejectedRows;
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
  private volatile int waiting = NONE;

  /**
   * @param rows the rows of all domains
   * @param rejected receives every row that cannot be used, once and in order
   */
  public LiveDocuments(LiveSource source, DurableRows rows, Consumer<RejectedRow> rejected) {
    this.source = source;
    this.rows = rows;
    this.rejectedRows = new RejectedRows(source.settings(), rejected);
  }

  @Override
  public int domains() {
    return source.domains().size();
  }

  @Override
  public List<Integer> present() {
    return IntStream.range(0, domains()).boxed().toList();
  }

  @Override
  public OpenDomain open(int domain, DomainStream.Position start) {
    return open(domain, start, () -> {});
  }

  /**
   * @param onWork runs after each row that was read. It also runs from time to time during a wait
   *     for rows, which has a deadline of its own
   */
  public OpenDomain open(int domain, DomainStream.Position start, Runnable onWork) {
    return new LiveDomain(this, source, rows.reader(), new LiveDomain.Place(domain, start), onWork);
  }

  /** The name of the domain whose next row is waited for; empty if none is. */
  public Optional<String> waitsFor() {
    int domain = waiting;
    return domain == NONE ? Optional.empty() : Optional.of(source.domains().get(domain));
  }

  /** Number of durable rows. */
  public long rows() {
    return rows.count();
  }

  /** Why the documents ended although rows may follow. */
  public Optional<RuntimeException> failure() {
    return Optional.ofNullable(failure.get());
  }

  /** Ends the documents because of a failure; the first one counts. */
  void fail(RuntimeException reason) {
    failure.compareAndSet(null, reason);
  }

  /** Ends the documents if the source of the rows has failed. */
  void endIfRowsFailed() {
    rows.failure().ifPresent(this::fail);
  }

  void waits(int domain) {
    waiting = domain;
  }

  void waitsNoMore() {
    waiting = NONE;
  }

  /**
   * Takes a row that a domain has read.
   *
   * @throws jingwei.model.UserException if the run must end because of it
   */
  void passed(LiveRows.LiveRow row) {
    rejectedRows.passed(row);
  }

  /**
   * Reads the durable rows that no domain has read, and records those of them that cannot be used.
   *
   * @return all rows that cannot be used
   */
  public Rejections recordRest() {
    LiveRows.Place from = rejectedRows.furthest();
    LiveRows rest = source.rows(rows.reader(from.bytes()), from);
    try {
      for (Optional<LiveRows.LiveRow> row = rest.next(); row.isPresent(); row = rest.next()) {
        rejectedRows.record(row.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rejectedRows.summary();
  }
}

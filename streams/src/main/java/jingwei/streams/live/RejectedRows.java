package jingwei.streams.live;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jingwei.model.UserException;
import jingwei.model.corpus.LiveRows;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.corpus.Rejections;
import jingwei.model.corpus.SourceSettings;

/**
 * The rows of a live source that cannot be used, each once although every domain reads it: all
 * readers find the same rows in the same order. Thread-safe.
 */
final class RejectedRows {
  /** Lines from which on the share of rejected rows tells something. */
  private static final long LEAST_LINES = 100;

  private static final int KEPT = 10;

  private final SourceSettings settings;
  private final Consumer<RejectedRow> rejected;
  private final List<RejectedRow> first = new ArrayList<>();
  private LiveRows.Place furthest = LiveRows.Place.START;
  private long total;

  /**
   * @param rejected receives every row that cannot be used, in order
   */
  RejectedRows(SourceSettings settings, Consumer<RejectedRow> rejected) {
    this.settings = settings;
    this.rejected = rejected;
  }

  /**
   * Takes a row that a reader has read.
   *
   * @throws UserException if it cannot be used and the settings say that reading ends
   */
  synchronized void passed(LiveRows.LiveRow row) {
    if (record(row)) {
      check(row.rejected().orElseThrow());
    }
  }

  /**
   * Takes a row, and ends nothing.
   *
   * @return true if it cannot be used and was not known before
   */
  synchronized boolean record(LiveRows.LiveRow row) {
    if (row.end().lines() <= furthest.lines()) {
      return false;
    }
    furthest = row.end();
    row.rejected().ifPresent(this::add);
    return row.rejected().isPresent();
  }

  /** The place after the last row that was taken. */
  synchronized LiveRows.Place furthest() {
    return furthest;
  }

  synchronized Rejections summary() {
    return new Rejections(first, total, furthest.lines());
  }

  private void add(RejectedRow row) {
    total++;
    if (first.size() < KEPT) {
      first.add(row);
    }
    rejected.accept(row);
  }

  private void check(RejectedRow row) {
    if (settings.onRejected() == SourceSettings.OnRejected.STOP) {
      throw new UserException(
          "The row at %s cannot be used; give a usable row after it, or set data.onRejected = skip."
              .formatted(row.description()));
    }
    if (row.line() >= LEAST_LINES && total > settings.maxRejectedShare() * row.line()) {
      throw new UserException(
          "%d of %d rows cannot be used, more than data.maxRejectedShare = %s allows, the last at %s; mend the rows or raise the share."
              .formatted(total, row.line(), settings.maxRejectedShare(), row.description()));
    }
  }
}

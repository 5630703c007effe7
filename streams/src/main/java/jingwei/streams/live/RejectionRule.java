package jingwei.streams.live;

import java.util.function.Consumer;
import jingwei.model.UserException;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.corpus.SourceSettings;

/**
 * Records the rows of a live source that cannot be used, each once although every domain reads it,
 * and ends the run if there are too many. Thread-safe.
 */
final class RejectionRule {
  /** Lines from which on the share of rejected rows tells something. */
  private static final long LEAST_LINES = 100;

  private final SourceSettings settings;
  private final Consumer<RejectedRow> rejected;
  private long lastLine;
  private long total;

  RejectionRule(SourceSettings settings, Consumer<RejectedRow> rejected) {
    this.settings = settings;
    this.rejected = rejected;
  }

  /**
   * Records a row unless a reader has recorded it before: all of them find the same rows in the
   * same order.
   *
   * @throws UserException if the settings say that reading ends
   */
  synchronized void reject(RejectedRow row) {
    if (row.line() <= lastLine) {
      return;
    }
    lastLine = row.line();
    total++;
    rejected.accept(row);
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

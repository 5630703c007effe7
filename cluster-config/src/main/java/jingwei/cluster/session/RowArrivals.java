package jingwei.cluster.session;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import jingwei.model.corpus.Rejections;
import jingwei.streams.live.LiveDocuments;

/** What a run says about rows that still come, and when it ends because of them. */
final class RowArrivals {
  private final Optional<LiveDocuments> documents;
  private final RowWait wait;
  private final RunListener listener;
  private String silence;

  /**
   * @param documents empty if all text was there at the start
   * @param deadline longest wait of a step without a new row
   */
  RowArrivals(Optional<LiveDocuments> documents, Duration deadline, RunListener listener) {
    this.documents = documents;
    this.wait = new RowWait(deadline, System::nanoTime);
    this.listener = listener;
  }

  /**
   * Looks whether a step waits for rows, and says so if that takes long.
   *
   * @param step the step that is next
   * @param hasNoBatch whether the trainer waits for the batch of this step
   * @return true if the run must end
   */
  boolean mustEnd(long step, boolean hasNoBatch) {
    if (documents.isEmpty()) {
      return false;
    }
    LiveDocuments live = documents.get();
    Optional<String> domain = hasNoBatch ? live.waitsFor() : Optional.empty();
    switch (wait.look(domain.isPresent(), live.rows())) {
      case NOTHING -> {}
      case SAY ->
          listener.note(
              "step %d waits for rows of domain %s from standard input; %d rows of all domains are kept"
                  .formatted(step, domain.orElseThrow(), live.rows()));
      case GIVE_UP ->
          silence =
              "step %d waited for rows of domain %s from standard input, and none came for %.0f s"
                  .formatted(step, domain.orElseThrow(), wait.silentSeconds());
    }
    return hasFailed();
  }

  /** True if the rows ended by a failure. */
  boolean hasFailed() {
    return silence != null || documents.flatMap(LiveDocuments::failure).isPresent();
  }

  /** Says that the rows ended before the last planned step. */
  void sayEnd(long step, long planned) {
    listener.note(
        "the rows ended: they are enough for %d of %d steps; the run ends with step %d"
            .formatted(step, planned, step));
  }

  /** Says how many rows are kept, and lists all of them that cannot be used. No row may follow. */
  void sayKept(RunFolder folder) {
    documents.ifPresent(
        live -> {
          listener.note("%d rows of standard input are kept".formatted(live.rows()));
          Rejections rejected = live.recordRest();
          if (rejected.total() > 0) {
            listener.note(CorpusNotes.sentence(rejected, folder.rejected()));
          }
        });
  }

  /**
   * The reason why no rows follow, for a sentence.
   *
   * @throws RuntimeException the failure itself, if it is a mistake of the user or a bug
   */
  Optional<String> failure() {
    if (silence != null) {
      return Optional.of(silence);
    }
    Optional<RuntimeException> failure = documents.flatMap(LiveDocuments::failure);
    if (failure.isPresent() && !(failure.get() instanceof UncheckedIOException)) {
      throw failure.get();
    }
    return failure.map(lost -> lost.getCause().getMessage());
  }
}

package jingwei.cluster.session;

import java.nio.file.Path;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.Rejections;

/** Reports the contents of a corpus and what was left out. */
final class CorpusNotes {
  private CorpusNotes() {}

  /**
   * @param rejectedFile the file that lists unusable rows
   */
  static void tell(Corpus corpus, Path rejectedFile, RunListener listener) {
    corpus.notices().forEach(listener::note);
    corpus
        .domains()
        .forEach(
            (name, texts) ->
                listener.note(
                    "domain %-10s %6d documents, %5.2f MB; held out %4d, %5.2f MB"
                        .formatted(
                            name,
                            texts.train().size(),
                            texts.trainBytes() / 1e6,
                            texts.heldOut().size(),
                            texts.heldOutBytes() / 1e6)));
    corpus
        .dropped()
        .forEach((reason, count) -> listener.note("dropped %d texts: %s".formatted(count, reason)));
    Rejections rejected = corpus.rejected();
    if (rejected.total() > 0) {
      listener.note(sentence(rejected, rejectedFile));
    }
  }

  /** A sentence about rows that were rejected; there is at least one. */
  static String sentence(Rejections rejected, Path rejectedFile) {
    return "rejected %d of %d rows; the first: %s; all stand in %s"
        .formatted(
            rejected.total(),
            rejected.rows(),
            rejected.first().getFirst().description(),
            rejectedFile);
  }
}

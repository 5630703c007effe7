package jingwei.cluster.session;

import java.util.List;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.corpus.ContentSum;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.DomainTexts;

/**
 * A fingerprint of the content of a run's text: the training documents in order, their parts, and
 * the tokenizer. Paths, file names and compression do not change it.
 */
final class DataFingerprint {
  /**
   * The format whose fingerprint also included the names of documents, and so the paths of files.
   */
  private static final int WITH_NAMES = 3;

  private DataFingerprint() {}

  static long of(RunData data) {
    return of(data, false);
  }

  /** True if a text is the one that a checkpoint's data position refers to. */
  static boolean isSame(Manifest manifest, RunData data) {
    boolean hasNames = manifest.formatVersion() == WITH_NAMES;
    return manifest.run().data().fingerprint() == of(data, hasNames);
  }

  private static long of(RunData data, boolean hasNames) {
    ContentSum sum = new ContentSum();
    for (String domain : data.domains()) {
      DomainTexts own = data.corpus().domains().get(domain);
      sum.number(data.train().get(data.domains().indexOf(domain)).size());
      for (Document document : own == null ? List.<Document>of() : own.train()) {
        if (hasNames) {
          sum.word(document.id());
          document.texts().forEach(sum::text);
        } else {
          sum.document(document);
        }
      }
    }
    sum.word(data.tokenizer().toJson());
    return sum.value();
  }
}

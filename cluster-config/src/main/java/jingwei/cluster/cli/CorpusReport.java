package jingwei.cluster.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jingwei.cluster.session.RunListener;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.RejectedRow;

/** Says what a corpus holds and what was left out of it. */
final class CorpusReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private CorpusReport() {}

  /**
   * @param rejected where rows that could not be used are written; left alone if there are none
   */
  static void print(Corpus corpus, Path rejected, RunListener listener) {
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
    if (corpus.rejected().total() > 0) {
      write(corpus, rejected);
      listener.note(
          "rejected %d rows; the first: %s; all of the first %d stand in %s"
              .formatted(
                  corpus.rejected().total(),
                  corpus.rejected().rows().getFirst(),
                  corpus.rejected().rows().size(),
                  rejected));
    }
  }

  private static void write(Corpus corpus, Path file) {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (RejectedRow row : corpus.rejected().rows()) {
        out.write(
            MAPPER
                .createObjectNode()
                .put("file", row.file())
                .put("line", row.line())
                .put("byte", row.byteOffset())
                .put("reason", row.reason())
                .toString());
        out.write('\n');
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package jingwei.cluster.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;
import jingwei.model.checkpoint.Manifest;
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

  private final boolean hasNames;
  private final CRC32C sum = new CRC32C();
  private long bytes;

  private DataFingerprint(boolean hasNames) {
    this.hasNames = hasNames;
  }

  static long of(RunData data) {
    return new DataFingerprint(false).sum(data);
  }

  /** True if a text is the one that a checkpoint's data position refers to. */
  static boolean isSame(Manifest manifest, RunData data) {
    boolean hasNames = manifest.formatVersion() == WITH_NAMES;
    return manifest.run().data().fingerprint() == new DataFingerprint(hasNames).sum(data);
  }

  private long sum(RunData data) {
    for (String domain : data.domains()) {
      DomainTexts own = data.corpus().domains().get(domain);
      number(data.train().get(data.domains().indexOf(domain)).size());
      for (Document document : own == null ? List.<Document>of() : own.train()) {
        if (hasNames) {
          add(document.id());
        } else {
          tag(document);
        }
        document.texts().forEach(this::text);
      }
    }
    add(data.tokenizer().toJson());
    return (sum.getValue() << 32) ^ bytes;
  }

  /** Languages become tokens, so they are part of the content. */
  private void tag(Document document) {
    switch (document) {
      case Document.Plain plain -> {
        number(1);
        add(plain.language());
      }
      case Document.Pair pair -> {
        number(2);
        add(pair.first().language());
        add(pair.second().language());
      }
    }
  }

  private void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (!hasNames) {
      number(utf8.length);
    }
    sum.update(utf8);
    bytes += utf8.length;
  }

  private void add(String word) {
    sum.update(word.getBytes(StandardCharsets.UTF_8));
  }

  private void number(int number) {
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
  }
}

package jingwei.streams.live;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.corpus.SourceSettings;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.Tokenizer;
import jingwei.streams.spool.GrowingSpool;
import jingwei.streams.spool.RowSpool;

/** A live source of two domains with a growing spool, and its small tokenizer. */
final class LiveRowsFixture implements AutoCloseable {
  static final List<String> DOMAINS = List.of("en", "zh");
  final Tokenizer tokenizer;
  final LiveSource source;
  final GrowingSpool spool;
  final List<RejectedRow> rejected = new ArrayList<>();
  final LiveDocuments documents;

  /**
   * @param heldOut share of the rows
   */
  LiveRowsFixture(Path folder, double heldOut, SourceSettings.OnRejected onRejected) {
    SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
    DOMAINS.forEach(domain -> texts.put(domain, List.of("the text of a domain")));
    tokenizer = BpeTrainer.train(texts, BpeSettings.ofVocabulary(300));
    SourceSettings usual = SourceSettings.DEFAULT;
    source =
        new LiveSource(
            tokenizer,
            DOMAINS,
            new SourceSettings(
                new HeldOut(heldOut),
                usual.maxLineBytes(),
                usual.textCutBytes(),
                onRejected,
                0.5,
                usual.order()));
    spool = new RowSpool(folder.resolve("spool")).grow();
    documents = new LiveDocuments(source, spool, rejected::add);
  }

  static String row(String domain, String text) {
    return "{\"domain\": \"%s\", \"text\": \"%s\"}\n".formatted(domain, text);
  }

  static String pair(String domain, String zh, String en) {
    return "{\"domain\": \"%s\", \"zh\": \"%s\", \"en\": \"%s\"}\n".formatted(domain, zh, en);
  }

  void append(String... rows) {
    spool.append(ByteBuffer.wrap(String.join("", rows).getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void close() {
    spool.close();
    tokenizer.close();
  }
}

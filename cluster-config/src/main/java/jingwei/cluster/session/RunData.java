package jingwei.cluster.session;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.DataSources;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.DomainTexts;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.JdkCorpus;
import jingwei.model.corpus.JdkSettings;
import jingwei.model.corpus.SourceSettings;
import jingwei.model.data.EncodedDocument;
import jingwei.model.routing.RouteMode;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.Tokenizer;
import jingwei.streams.batch.TokenisedDocuments;

/**
 * The text of a run and what encodes it.
 *
 * @param corpus where it comes from and what was left out
 * @param tokenizer that encodes it
 * @param domains names, by domain index
 * @param train documents of each domain
 * @param heldOut documents of each domain
 */
public record RunData(
    Corpus corpus,
    Tokenizer tokenizer,
    List<String> domains,
    List<List<EncodedDocument>> train,
    List<List<EncodedDocument>> heldOut) {

  /** Reads the sources, or the JDK's own text where none is named. */
  public static Corpus read(TrainSettings settings, InputStream standardInput) {
    HeldOut heldOut = new HeldOut(settings.heldOutShare());
    if (settings.sources().isEmpty()) {
      JdkSettings jdk = JdkSettings.DEFAULT;
      return JdkCorpus.load(
          new JdkSettings(heldOut, jdk.codeBytes(), jdk.englishBytes(), jdk.messageBytes()));
    }
    SourceSettings files = SourceSettings.DEFAULT;
    return DataSources.of(
            settings.sources(),
            new SourceSettings(
                heldOut, files.maxLineBytes(), files.textCutBytes(), files.maxRejectedRows()))
        .read(standardInput);
  }

  /** The tokenizer that the configuration names, or one trained on the corpus. */
  public static Tokenizer tokenizer(
      Configuration configuration, TrainSettings settings, Corpus corpus) {
    if (!settings.tokenizerFile().isEmpty()) {
      return Tokenizer.load(Path.of(settings.tokenizerFile()));
    }
    BpeSettings usual = BpeSettings.ofVocabulary(TrainSettings.vocabulary(configuration));
    BpeSettings bpe =
        new BpeSettings(
            usual.vocabularySize(),
            settings.tokenizerTrainingBytes(),
            usual.maxWords(),
            usual.minimumCount(),
            usual.languages(),
            usual.reserved());
    return BpeTrainer.train(corpus.trainingTexts(), bpe);
  }

  /**
   * Makes a corpus ready to be encoded, document by document as they are read.
   *
   * @param domains names by index; domains of the corpus that are not among them are refused
   */
  public static RunData encode(Corpus corpus, Tokenizer tokenizer, List<String> domains) {
    for (String name : corpus.domains().keySet()) {
      if (!domains.contains(name)) {
        throw new UserException(
            "The data has the domain '%s', which the model does not have; it has %s."
                .formatted(name, String.join(", ", domains)));
      }
    }
    DocumentEncoder encoder = new DocumentEncoder(tokenizer);
    List<List<EncodedDocument>> train = new ArrayList<>();
    List<List<EncodedDocument>> heldOut = new ArrayList<>();
    for (int domain = 0; domain < domains.size(); domain++) {
      var texts = corpus.domains().get(domains.get(domain));
      train.add(texts == null ? List.of() : new TokenisedDocuments(encoder, texts.train(), domain));
      heldOut.add(
          texts == null ? List.of() : new TokenisedDocuments(encoder, texts.heldOut(), domain));
    }
    return new RunData(corpus, tokenizer, List.copyOf(domains), train, heldOut);
  }

  /** Bytes of text that each token id stands for. */
  public int[] bytesOfToken() {
    return bytesOfToken(tokenizer);
  }

  static int[] bytesOfToken(Tokenizer tokenizer) {
    return IntStream.range(0, tokenizer.vocabularySize()).map(tokenizer::byteLength).toArray();
  }

  /** A checksum of all documents to train on, in their order, and of what tokenises them. */
  public long fingerprint() {
    CRC32C texts = new CRC32C();
    long bytes = 0;
    for (String domain : domains) {
      DomainTexts own = corpus.domains().get(domain);
      for (Document document : own == null ? List.<Document>of() : own.train()) {
        texts.update(document.id().getBytes(StandardCharsets.UTF_8));
        for (String text : document.texts()) {
          byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
          texts.update(utf8);
          bytes += utf8.length;
        }
      }
    }
    texts.update(tokenizer.toJson().getBytes(StandardCharsets.UTF_8));
    return (texts.getValue() << 32) ^ bytes;
  }

  /**
   * How often each token id is an input, for each domain, [domains][vocabulary]; zeros where the
   * mode does not need them.
   */
  public long[][] tokenCounts(RouteMode mode) {
    long[][] counts = new long[domains.size()][tokenizer.vocabularySize()];
    if (mode != RouteMode.GREEDY) {
      return counts;
    }
    for (List<EncodedDocument> documents : train) {
      for (EncodedDocument document : documents) {
        for (int i = 0; i < document.inputs(); i++) {
          counts[document.domain()][document.tokens()[i]]++;
        }
      }
    }
    return counts;
  }
}

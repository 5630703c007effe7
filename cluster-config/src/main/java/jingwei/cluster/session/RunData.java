package jingwei.cluster.session;

import java.io.InputStream;
import java.nio.ByteBuffer;
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

/**
 * The text of a run, encoded.
 *
 * @param corpus where it comes from and what was left out
 * @param tokenizer that encoded it
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
   * Encodes a corpus.
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
      train.add(texts == null ? List.of() : encode(encoder, texts.train(), domain));
      heldOut.add(texts == null ? List.of() : encode(encoder, texts.heldOut(), domain));
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

  /** A checksum of the tokens of all documents to train on, in their order, and their number. */
  public long fingerprint() {
    CRC32C tokens = new CRC32C();
    long count = 0;
    for (List<EncodedDocument> documents : train) {
      for (EncodedDocument document : documents) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * document.tokens().length);
        bytes.asIntBuffer().put(document.tokens());
        tokens.update(bytes);
        count += document.tokens().length;
      }
    }
    return (tokens.getValue() << 32) ^ count;
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

  private static List<EncodedDocument> encode(
      DocumentEncoder encoder, List<Document> documents, int domain) {
    return documents.stream()
        .flatMap(document -> encoder.encode(document).stream())
        .filter(sequence -> sequence.tokens().length > 1)
        .map(sequence -> new EncodedDocument(sequence.documentId(), domain, sequence.tokens()))
        .toList();
  }
}

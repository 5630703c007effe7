package jingwei.cluster.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.cluster.settings.TokenizerSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.DataSources;
import jingwei.model.corpus.JdkCorpus;
import jingwei.model.corpus.JdkSettings;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DomainStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.Tokenizer;
import jingwei.streams.batch.TokenisedDocuments;
import jingwei.streams.spool.RowSpool;

/**
 * The text of a run and its tokenizer.
 *
 * @param corpus the corpus, with counts of what was left out
 * @param tokenizer the tokenizer that encodes the text
 * @param domains names of the domains, by index
 * @param train training documents of each domain
 * @param heldOut held-out documents of each domain
 */
public record RunData(
    Corpus corpus,
    Tokenizer tokenizer,
    List<String> domains,
    List<DocumentSource> train,
    List<DocumentSource> heldOut) {

  /**
   * Reads the sources, or the JDK's own text if none is given.
   *
   * @param rejected receives every unusable row
   */
  public static Corpus read(
      DataSettings data, InputStream standardInput, Consumer<RejectedRow> rejected) {
    if (data.sources().isEmpty()) {
      JdkSettings jdk = JdkSettings.DEFAULT;
      return JdkCorpus.load(
          new JdkSettings(
              data.files().heldOut(), jdk.codeBytes(), jdk.englishBytes(), jdk.messageBytes()));
    }
    return DataSources.of(data.sources(), data.files()).read(standardInput, rejected);
  }

  /**
   * Reads the text of a run again without changing any file. Rows of standard input come from the
   * run's spool.
   *
   * @param checkpoint a checkpoint of the run
   * @throws UserException if the text no longer exists
   */
  public static Corpus readAgain(DataSettings data, Path checkpoint) {
    if (!data.readsStandardInput()) {
      return read(data, InputStream.nullInputStream(), row -> {});
    }
    if (data.live().isLive()) {
      throw new UserException(
          "The run was trained on live rows, which are not one text; give the text with --data.");
    }
    RowSpool spool =
        RunFolder.of(checkpoint)
            .map(RunFolder::spool)
            .filter(RowSpool::isComplete)
            .orElseThrow(
                () ->
                    new UserException(
                        "The run read its text from standard input, and its folder does not hold all of it; give the text with --data."));
    try (InputStream rows = spool.read()) {
      return read(data, rows, row -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Requires that this is the text that a model was trained on. The held-out part of another text
   * may contain training data.
   *
   * @throws UserException if the text is a different one
   */
  public void refuseAnotherThan(Manifest manifest) {
    if (!DataFingerprint.isSame(manifest, this)) {
      throw new UserException(
          "The text of the run has changed since the checkpoint was written, so the held-out part may contain training text; give the text with --data.");
    }
  }

  /** The tokenizer that a run's settings name, or one trained on the corpus. */
  public static Tokenizer tokenizer(RunSettings settings, Corpus corpus) {
    return tokenizer(settings.data().tokenizer(), settings.model().vocabulary(), corpus);
  }

  /**
   * The tokenizer of a file, or one trained on the corpus.
   *
   * @param vocabulary number of tokens if a tokenizer is trained
   */
  public static Tokenizer tokenizer(TokenizerSettings settings, int vocabulary, Corpus corpus) {
    if (!settings.isTrained()) {
      return Tokenizer.load(Path.of(settings.file()));
    }
    BpeSettings usual = BpeSettings.ofVocabulary(vocabulary);
    BpeSettings bpe =
        new BpeSettings(
            usual.vocabularySize(),
            settings.trainingBytes(),
            usual.maxWords(),
            usual.minimumCount(),
            usual.languages(),
            usual.reserved());
    return BpeTrainer.train(corpus.trainingTexts(), bpe);
  }

  /**
   * Prepares a corpus for training; each document is encoded when it is read.
   *
   * @param domains names of the model's domains, by index; the corpus may have no other domain
   * @param partBytes length of the parts that long documents are split into
   */
  public static RunData encode(
      Corpus corpus, Tokenizer tokenizer, List<String> domains, long partBytes) {
    for (String name : corpus.domains().keySet()) {
      if (!domains.contains(name)) {
        throw new UserException(
            "The data has the domain '%s', which the model does not have; it has %s."
                .formatted(name, String.join(", ", domains)));
      }
    }
    DocumentEncoder encoder = new DocumentEncoder(tokenizer);
    List<DocumentSource> train = new ArrayList<>();
    List<DocumentSource> heldOut = new ArrayList<>();
    for (int domain = 0; domain < domains.size(); domain++) {
      var texts = corpus.domains().get(domains.get(domain));
      train.add(
          texts == null
              ? DocumentSource.NONE
              : new TokenisedDocuments(encoder, texts.train(), domain, partBytes));
      heldOut.add(
          texts == null
              ? DocumentSource.NONE
              : new TokenisedDocuments(encoder, texts.heldOut(), domain, TokenisedDocuments.WHOLE));
    }
    return new RunData(corpus, tokenizer, List.copyOf(domains), train, heldOut);
  }

  /**
   * Number of documents that a run has read completely, in all domains and epochs. Each part of a
   * long document counts.
   */
  public long documentsSeen(DataPosition position) {
    long seen = 0;
    for (int domain = 0; domain < domains.size(); domain++) {
      DomainStream.Position at = position.streams().get(domain);
      seen += (long) at.epoch() * train.get(domain).size() + at.document();
    }
    return seen;
  }

  /** The epoch of the domain with the least progress, counted from 0. */
  public int epoch(DataPosition position) {
    return IntStream.range(0, domains.size())
        .filter(domain -> !train.get(domain).isEmpty())
        .map(domain -> position.streams().get(domain).epoch())
        .min()
        .orElseThrow();
  }

  /** Draws the route tables of a new run. */
  public List<RouteTable> drawRoutes(DecoderShape shape, RouteMode mode, long seed) {
    return ModelState.drawRoutes(shape, mode, seed, tokenCounts(mode));
  }

  /**
   * Counts of each token id as an input, [domains][vocabulary]; zeros if the mode does not need
   * them.
   */
  private long[][] tokenCounts(RouteMode mode) {
    long[][] counts = new long[domains.size()][tokenizer.vocabularySize()];
    if (mode != RouteMode.GREEDY) {
      return counts;
    }
    for (DocumentSource documents : train) {
      for (int d = 0; d < documents.size(); d++) {
        EncodedDocument document = documents.read(d);
        for (int i = 0; i < document.inputs(); i++) {
          counts[document.domain()][document.tokens()[i]]++;
        }
      }
    }
    return counts;
  }
}

package jingwei.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.DomainTexts;
import jingwei.model.corpus.JdkCorpus;
import jingwei.model.corpus.JdkSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.DocumentEncoder;
import jingwei.model.text.TokenSequence;
import jingwei.model.text.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "data",
    description =
        "Tokenising the JDK's own text, beside Hugging Face's library; and preparing rows, beside the speed at which the demo's model trains on them. Data work uses one thread.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench data"})
final class DataBenchmark implements Callable<Integer> {
  private static final int ROUNDS = 3;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  private interface Encoder {
    int tokens(String text);
  }

  @Override
  public Integer call() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    long start = System.nanoTime();
    Corpus corpus = JdkCorpus.load(JdkSettings.DEFAULT);
    long loaded = System.nanoTime();
    Tokenizer tokenizer = BpeTrainer.train(corpus.trainingTexts(), BpeSettings.ofVocabulary(4096));
    long trained = System.nanoTime();
    root.put("corpusSeconds", (loaded - start) / 1e9).put("trainSeconds", (trained - loaded) / 1e9);
    byte[] file = tokenizer.toJson().getBytes(StandardCharsets.UTF_8);
    try (HuggingFaceTokenizer peer =
        HuggingFaceTokenizer.newInstance(
            new ByteArrayInputStream(file),
            Map.of(
                "addSpecialTokens",
                "false",
                "truncation",
                "false",
                "padding",
                "false",
                "modelMaxLength",
                "100000000"))) {
      for (Map.Entry<String, List<String>> domain : corpus.trainingTexts().entrySet()) {
        double ours = 0;
        double theirs = 0;
        for (int round = 0; round < 3; round++) {
          ours =
              Math.max(
                  ours,
                  megabytesPerSecond(domain.getValue(), text -> tokenizer.encode(text).length));
          theirs =
              Math.max(
                  theirs,
                  megabytesPerSecond(domain.getValue(), text -> peer.encode(text).getIds().length));
        }
        root.putObject(domain.getKey())
            .put("megabytesPerSecond", ours)
            .put("peerMegabytesPerSecond", theirs)
            .put("ratio", ours / theirs)
            .put(
                "bytesPerToken",
                bytes(domain.getValue()) / (double) tokens(domain.getValue(), tokenizer));
      }
    }
    DecoderShape demo = LanesBenchmark.cases().get("demo").shape();
    double ready = readyTokensPerSecond(corpus, tokenizer, demo);
    double taken = takenTokensPerSecond();
    root.putObject("pipeline")
        .put("tokensPerSecond", ready)
        .put("demoTokensPerSecond", taken)
        .put("ratio", ready / taken);
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    } else {
      System.out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    }
    return 0;
  }

  /**
   * Encodes every document, packs all of it once and routes every batch; returns the best round.
   */
  private static double readyTokensPerSecond(
      Corpus corpus, Tokenizer tokenizer, DecoderShape shape) {
    DocumentEncoder encoder = new DocumentEncoder(tokenizer);
    List<RouteTable> routes = ModelState.drawRoutes(shape, RouteMode.PERMUTE, 1, null);
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      List<DocumentSource> domains = new ArrayList<>();
      long inputs = 0;
      for (DomainTexts texts : corpus.domains().values()) {
        List<EncodedDocument> own = new ArrayList<>();
        for (Document document : texts.train()) {
          for (TokenSequence sequence : encoder.encode(document)) {
            own.add(new EncodedDocument(sequence.documentId(), domains.size(), sequence.tokens()));
            inputs += sequence.tokens().length - 1L;
          }
        }
        domains.add(DocumentSource.of(own));
      }
      BatchSettings settings =
          new BatchSettings(
              4, 1, 1, shape.context(), 0, BatchSettings.equalWeights(domains.size()));
      BatchStream stream = new BatchStream(settings, domains, 1, routes);
      long steps = inputs / (4L * shape.context());
      for (long step = 0; step < steps; step++) {
        stream.next();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, steps * 4L * shape.context() / seconds);
    }
    return best;
  }

  /** Tokens per second that the demo's model trains on with two workers. */
  private static double takenTokensPerSecond() {
    try (TrainerCase demo =
        new TrainerCase(LanesBenchmark.cases().get("demo"), 2, 1, Local.AERON, Long.MAX_VALUE)) {
      demo.run(20);
      double best = 0;
      for (int round = 0; round < ROUNDS; round++) {
        best = Math.max(best, demo.run(10));
      }
      return best;
    }
  }

  private static double megabytesPerSecond(List<String> texts, Encoder encoder) {
    long start = System.nanoTime();
    long tokens = 0;
    for (String text : texts) {
      tokens += encoder.tokens(text);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return tokens == 0 ? 0 : bytes(texts) / 1e6 / seconds;
  }

  private static long bytes(List<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  private static long tokens(List<String> texts, Tokenizer tokenizer) {
    return texts.stream().mapToLong(text -> tokenizer.encode(text).length).sum();
  }
}

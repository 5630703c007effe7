package jingwei.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.model.corpus.Corpus;
import jingwei.model.corpus.JdkCorpus;
import jingwei.model.corpus.JdkSettings;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "data",
    description =
        "Tokenizing of the JDK's own text: ours beside Hugging Face's library, one thread.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench data"})
final class DataBenchmark implements Callable<Integer> {
  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  private interface Encoder {
    int tokens(String text);
  }

  @Override
  public Integer call() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describe(root);
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
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    } else {
      System.out.println(mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    }
    return 0;
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

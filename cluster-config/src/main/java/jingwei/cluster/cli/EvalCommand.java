package jingwei.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.cluster.session.LiveText;
import jingwei.cluster.session.ModelLoader;
import jingwei.cluster.session.RunData;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.corpus.Corpus;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.inference.LoadedModel;
import jingwei.model.loss.DomainLoss;
import jingwei.streams.batch.TokenisedDocuments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "eval",
    description =
        "Loss, perplexity and bits per byte of each domain; without --data, on the run's own held-out text.",
    footer = {"", "Example:", "  jingwei eval --checkpoint runs/demo --data en=texts/en.txt"})
final class EvalCommand implements Callable<Integer> {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Rows per micro-batch. */
  private static final int ROWS = 8;

  @Mixin private CheckpointOptions options;

  @Option(
      names = "--data",
      paramLabel = "DOMAIN=PATH",
      description = "all of it is evaluated, duplicates once")
  private List<String> data = List.of();

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() {
    try (Checkpoint checkpoint = options.open()) {
      print(losses(checkpoint, RunSettings.of(checkpoint.manifest())));
    }
    return Commands.DONE;
  }

  private Map<String, DomainLoss> losses(Checkpoint checkpoint, RunSettings settings) {
    try (LoadedModel model = ModelLoader.load(checkpoint, settings);
        EvaluationWorkers workers =
            ModelLoader.workers(model, settings.optimizer().rules(), ROWS)) {
      return evaluate(
          model,
          workers,
          data.isEmpty()
              ? heldOut(model, settings, checkpoint.folder())
              : given(model, settings.data()));
    }
  }

  private static Map<Integer, List<MicroBatch>> heldOut(
      LoadedModel model, RunSettings settings, Path checkpoint) {
    int rows = Math.min(ROWS, settings.batch().rowsPerMicroBatch());
    return microBatches(
        model,
        settings.data().live().isLive()
            ? LiveText.heldOutAgain(settings, model.manifest(), model.tokenizer(), checkpoint)
            : storedHeldOut(model, settings, checkpoint),
        rows,
        settings.checkpoint().evaluationTokens());
  }

  private static List<DocumentSource> storedHeldOut(
      LoadedModel model, RunSettings settings, Path checkpoint) {
    RunData encoded =
        RunData.encode(
            RunData.readAgain(settings.data(), checkpoint),
            model.tokenizer(),
            model.manifest().domains(),
            settings.data().partBytes());
    encoded.refuseAnotherThan(model.manifest());
    return encoded.heldOut();
  }

  private Map<Integer, List<MicroBatch>> given(LoadedModel model, DataSettings own) {
    DataSettings text = own.withSources(data).withoutHeldOut();
    Corpus corpus = RunData.read(text, System.in, LeftOut::tell);
    corpus.notices().forEach(System.err::println);
    return microBatches(model, encoded(corpus, model).train(), ROWS, Long.MAX_VALUE);
  }

  private static RunData encoded(Corpus corpus, LoadedModel model) {
    return RunData.encode(
        corpus, model.tokenizer(), model.manifest().domains(), TokenisedDocuments.WHOLE);
  }

  /** Micro-batches of each domain that has text, by domain index. */
  private static Map<Integer, List<MicroBatch>> microBatches(
      LoadedModel model, List<DocumentSource> documents, int rows, long maxInputs) {
    int context = model.manifest().shape().context();
    Map<Integer, List<MicroBatch>> batches = new LinkedHashMap<>();
    for (int domain = 0; domain < documents.size(); domain++) {
      if (!documents.get(domain).isEmpty()) {
        batches.put(domain, HeldOutBatches.of(documents.get(domain), context, rows, maxInputs));
      }
    }
    return batches;
  }

  private static Map<String, DomainLoss> evaluate(
      LoadedModel model, EvaluationWorkers workers, Map<Integer, List<MicroBatch>> batches) {
    TokenProgress progress =
        TokenProgress.of(
            batches.values().stream()
                .flatMap(List::stream)
                .mapToLong(MicroBatch::numTargets)
                .sum());
    Map<String, DomainLoss> losses = new LinkedHashMap<>();
    batches.forEach(
        (domain, own) ->
            losses.put(
                model.manifest().domains().get(domain),
                workers.evaluate(own, progress).get(domain)));
    progress.end();
    return losses;
  }

  private void print(Map<String, DomainLoss> losses) {
    List<Double> bits = new ArrayList<>();
    losses.values().forEach(loss -> bits.add(loss.bitsPerByte()));
    double mean = bits.stream().mapToDouble(b -> b).average().orElse(Double.NaN);
    if (!json) {
      System.out.println("domain            loss  perplexity  bits/byte    tokens     bytes");
      losses.forEach(
          (domain, loss) ->
              System.out.printf(
                  "%-12s %9.4f %11.2f %10.4f %9d %9d%n",
                  domain,
                  loss.loss(),
                  loss.perplexity(),
                  loss.bitsPerByte(),
                  loss.tokens(),
                  loss.bytes()));
      System.out.printf("mean bits per byte %.4f%n", mean);
      return;
    }
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode domains = root.putObject("domains");
    losses.forEach(
        (domain, loss) ->
            domains
                .putObject(domain)
                .put("loss", loss.loss())
                .put("bitsPerByte", loss.bitsPerByte())
                .put("perplexity", loss.perplexity())
                .put("tokens", loss.tokens())
                .put("bytes", loss.bytes()));
    root.putObject("mean").put("bitsPerByte", mean);
    try {
      System.out.println(MAPPER.writeValueAsString(root));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.MicroBatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "eval",
    description =
        "Evaluation and training of the same model on all workers, taking turns in one run.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench eval"})
final class EvalBenchmark implements Callable<Integer> {
  private static final int WARMUP_STEPS = 20;
  private static final int STEPS = 10;

  @Option(names = "--rounds", description = "measured rounds (${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(names = "--case", description = "a case of bench lanes (${DEFAULT-VALUE})")
  private String name = "demo";

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    TrainerCase.Work work = LanesBenchmark.cases().get(name);
    if (work == null) {
      System.err.printf(
          "There is no case '%s'; choose one of %s.%n",
          name, String.join(", ", LanesBenchmark.cases().keySet()));
      return 2;
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    measure(work, Runtime.getRuntime().availableProcessors(), root.put("case", name));
    System.out.println(
        json
            ? mapper.writeValueAsString(root)
            : mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    return 0;
  }

  private void measure(TrainerCase.Work work, int workers, ObjectNode figures) {
    double train = 0;
    double evaluate = 0;
    try (TrainerCase trainer = new TrainerCase(work, workers, 1, Local.AERON, Long.MAX_VALUE);
        EvaluationWorkers evaluation = trainer.evaluation(workers)) {
      List<MicroBatch> text = work.evaluationText();
      trainer.run(WARMUP_STEPS);
      tokensPerSecond(evaluation, text);
      for (int round = 0; round < rounds; round++) {
        train = Math.max(train, trainer.run(STEPS));
        evaluate = Math.max(evaluate, tokensPerSecond(evaluation, text));
      }
    }
    figures
        .put("lanes", workers)
        .put("evalTokensPerSecond", evaluate)
        .put("trainTokensPerSecond", train)
        .put("ratio", evaluate / train);
  }

  private static double tokensPerSecond(EvaluationWorkers evaluation, List<MicroBatch> text) {
    long tokens = text.stream().mapToLong(MicroBatch::numTargets).sum();
    long start = System.nanoTime();
    evaluation.evaluate(text, done -> {});
    return tokens / ((System.nanoTime() - start) / 1e9);
  }
}

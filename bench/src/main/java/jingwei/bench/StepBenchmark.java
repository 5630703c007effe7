package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.model.decoder.DecoderShape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "step",
    description =
        "Training steps of fixed shapes on the reference trainer, one thread, beside the product limit of the same run; then one lane and two.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench step --profile"})
final class StepBenchmark implements Callable<Integer> {
  private static final int WARMUP_STEPS = 4;

  @Option(names = "--rounds", description = "measured rounds of three steps (${DEFAULT-VALUE})")
  private int rounds = 4;

  @Option(names = "--profile", description = "print the time in each kernel")
  private boolean profile;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  /**
   * The GPT of the speed figures, and the same active size with 16 experts in each of 4 domains.
   */
  static Map<String, DecoderShape> shapes() {
    Map<String, DecoderShape> shapes = new LinkedHashMap<>();
    shapes.put("dense-fp32", new DecoderShape(8192, 256, 384, 6, 1536, 6, 0, 0, 0, false));
    shapes.put("sparse-fp32", new DecoderShape(8192, 256, 384, 6, 1536, 4, 2, 4, 16, false));
    return shapes;
  }

  @Override
  public Integer call() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describe(root);
    ArrayNode cases = root.putArray("cases");
    for (Map.Entry<String, DecoderShape> shape : shapes().entrySet()) {
      try (StepCase step = new StepCase(shape.getValue(), 8, profile);
          ProductLimit limit = new ProductLimit()) {
        step.run(WARMUP_STEPS);
        step.takeKernelSeconds();
        double best = 0;
        double bestLimit = 0;
        for (int round = 0; round < rounds; round++) {
          bestLimit = Math.max(bestLimit, limit.flopPerSecond());
          best = Math.max(best, step.run(3));
        }
        double share = best * step.productFlopPerToken() / bestLimit;
        cases
            .addObject()
            .put("name", shape.getKey())
            .put("tokensPerSecond", best)
            .put("limitShare", share)
            .put("productLimitFlopPerSecond", bestLimit)
            .put("loss", step.lastLoss())
            .put("memoryBytes", step.memoryBytes())
            .put("heapBytesPerStep", step.heapBytesPerStep());
        System.err.printf(
            "%-12s %6.0f tokens/s, %.2f of the product limit of %.0f GFLOP/s, %d MB native, %d kB of heap a step%n",
            shape.getKey(),
            best,
            share,
            bestLimit / 1e9,
            step.memoryBytes() >> 20,
            step.heapBytesPerStep() >> 10);
        if (profile) {
          step.takeKernelSeconds()
              .forEach(
                  (kernel, seconds) ->
                      System.err.printf(
                          "    %-20s %7.1f ms a step%n", kernel, seconds * 1e3 / (3 * rounds)));
        }
      }
    }
    LanesBenchmark.dense(rounds, root);
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }
}

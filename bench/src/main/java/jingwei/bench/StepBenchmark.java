package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.TrainerCase.Work;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "step",
    description =
        "Training steps of fixed shapes on two workers, on one, and on libtorch if a peer is given. They take turns in one run, beside its product limit.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench step --peer torch"})
final class StepBenchmark implements Callable<Integer> {
  /** What Jingwei is compared with. */
  enum Peer {
    TORCH
  }

  @Option(
      names = "--rounds",
      description = "measured rounds of three steps each (${DEFAULT-VALUE})")
  private int rounds = 4;

  @Option(
      names = "--case",
      description = "only this one of dense-fp32, dense-bf16, sparse-fp32, sparse-fp32-one-domain")
  private String only;

  @Option(
      names = "--peer",
      description = "also measure a peer (torch), with two threads in a separate process")
  private Peer peer;

  @Option(
      names = "--transport",
      description = "how tensors move: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  private Local local = Local.HANDOVER;

  @Option(
      names = "--profile",
      description = "print the time in each kernel, on one thread, and measure nothing else")
  private boolean profile;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  /**
   * The GPT of the speed figures, and one of the same active size with 16 experts in each of 4
   * domains.
   */
  static Map<String, DecoderShape> shapes() {
    Map<String, DecoderShape> shapes = new LinkedHashMap<>();
    shapes.put(
        "dense-fp32",
        new DecoderShape(
            8192,
            256,
            new DecoderShape.Sizes(384, 6, 1536),
            new DecoderShape.Stack(6, 0, false),
            DecoderShape.Experts.NONE));
    shapes.put(
        "sparse-fp32",
        new DecoderShape(
            8192,
            256,
            new DecoderShape.Sizes(384, 6, 1536),
            new DecoderShape.Stack(4, 2, false),
            new DecoderShape.Experts(4, 16)));
    return shapes;
  }

  /** Eight rows a step, in four micro-batches. */
  private static Map<String, Work> works() {
    Map<String, Work> works = new LinkedHashMap<>();
    DecoderShape dense = shapes().get("dense-fp32");
    DecoderShape sparse = shapes().get("sparse-fp32");
    works.put("dense-fp32", new Work(dense, 8, 1, 0, Precision.FP32));
    if (Precision.BF16.isHere()) {
      works.put("dense-bf16", new Work(dense, 8, 2, 0, Precision.BF16));
    }
    works.put("sparse-fp32", new Work(sparse, 8, 2, 0, Precision.FP32));
    works.put("sparse-fp32-one-domain", new Work(sparse, 8, 2, 1, Precision.FP32));
    return works;
  }

  @Override
  public Integer call() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    root.put("transport", local.name().toLowerCase(Locale.ROOT)).put("rounds", rounds);
    ArrayNode cases = root.putArray("cases");
    for (Map.Entry<String, Work> entry : works().entrySet()) {
      String name = entry.getKey();
      if (only != null && !only.equals(name)) {
        continue;
      }
      if (profile) {
        profile(name, entry.getValue());
      } else {
        try (StepComparison comparison =
            new StepComparison(entry.getValue(), peer != null, local)) {
          comparison.run(rounds);
          ObjectNode row = cases.addObject().put("name", name);
          comparison.report(row);
          comparison.print(name);
          if (name.equals("dense-fp32")) {
            root.set("lanes", row.get("lanes"));
          }
        }
      }
    }
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }

  private void profile(String name, Work work) {
    try (ProfiledStep step = new ProfiledStep(work)) {
      step.run(3);
      double speed = step.run(3 * rounds);
      System.err.printf(
          "%s: %.0f tokens/s on one thread, %d kB of heap a step%n",
          name, speed, step.heapBytesPerStep() >> 10);
      step.kernelSeconds()
          .forEach(
              (kernel, seconds) ->
                  System.err.printf(
                      "    %-32s %7.1f ms a step%n", kernel, seconds * 1e3 / (3 * rounds)));
    }
  }
}

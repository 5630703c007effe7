package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.TrainerCase.Work;
import jingwei.model.kernel.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "messages",
    description =
        "Messages between two devices and two hosts in a step of the demo shape; bytes and microseconds of the three most frequent ones.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench messages --steps 10"})
final class MessagesBenchmark implements Callable<Integer> {
  private static final int NODES = 2;
  private static final int MEASURED = 3;
  private static final int CALLS = 1000;

  @Option(names = "--steps", description = "steps in which messages are counted (${DEFAULT-VALUE})")
  private int steps = 10;

  @Option(
      names = "--rounds",
      description = "rounds of 1000 calls, after as many to warm up (${DEFAULT-VALUE})")
  private int rounds = 100;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  /** Keeps the JIT from removing the calls. */
  private volatile Object result;

  @Override
  public Integer call() throws Exception {
    if (steps < 1 || rounds < 1) {
      System.err.printf("--steps %d and --rounds %d must be above zero.%n", steps, rounds);
      return 2;
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    Work demo = LanesBenchmark.cases().get("demo");
    Work work = new Work(demo.shape(), demo.rows(), 1, 0, Precision.FP32).withReplicas(NODES);
    try (TrainerCase trainer = trainer(work)) {
      trainer.run(2);
      CountingSerializer.reset();
      trainer.run(steps);
      report(CountingSerializer.sent(), root);
    }
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }

  private static TrainerCase trainer(Work work) {
    CountingSerializer.install();
    try {
      return new TrainerCase(
          work, 1, 1, Local.AERON, Long.MAX_VALUE, new NodeSettings(NODES, NODES));
    } finally {
      CountingSerializer.uninstall();
    }
  }

  private void report(List<CountingSerializer.Sent> sent, ObjectNode root) {
    double perStep = sent.stream().mapToLong(each -> each.count().sum()).sum() / (double) steps;
    double bytes = sent.stream().mapToLong(each -> each.bytes().sum()).sum() / (double) steps;
    System.err.printf("a step: %.0f messages, %.0f bytes%n", perStep, bytes);
    root.put("messagesPerStep", perStep).put("bytesPerStep", bytes);
    long third = sent.get(MEASURED - 1).count().sum();
    ArrayNode rows = root.putArray("messages");
    for (CountingSerializer.Sent each : sent) {
      String name = each.sample().getClass().getName().replaceAll(".*\\.", "").replace('$', '.');
      double count = each.count().sum() / (double) steps;
      double size = each.bytes().sum() / (double) each.count().sum();
      ObjectNode row = rows.addObject().put("name", name).put("perStep", count).put("bytes", size);
      System.err.printf("%-32s %8.1f a step, %8.0f bytes each", name, count, size);
      if (each.count().sum() >= third) {
        measure(each, row);
      }
      System.err.println();
    }
  }

  private void measure(CountingSerializer.Sent sent, ObjectNode row) {
    CountingSerializer serializer = sent.serializer();
    byte[] written = serializer.write(sent.sample());
    String manifest = serializer.manifest(sent.sample());
    double write = micros(() -> serializer.write(sent.sample()));
    double read = micros(() -> serializer.read(written, manifest));
    System.err.printf(", written in %.2f us, read in %.2f us", write, read);
    row.put("writeMicros", write).put("readMicros", read);
  }

  /** Median of the mean time of a call in a round. */
  private double micros(Supplier<Object> call) {
    double[] means = new double[rounds];
    for (int round = -rounds; round < rounds; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        result = call.get();
      }
      means[Math.max(0, round)] = (System.nanoTime() - start) / 1e3 / CALLS;
    }
    if (result == null) {
      throw new IllegalStateException("nothing was made");
    }
    Arrays.sort(means);
    return means[rounds / 2];
  }
}

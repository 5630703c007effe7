package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.TrainerCase.Work;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "lanes",
    description =
        "The reference trainer, and one and two workers through actors, taking turns in one run.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench lanes --rounds 3"})
final class LanesBenchmark implements Callable<Integer> {
  private static final int WARMUP_STEPS = 4;
  private static final int STEPS = 3;

  @Option(
      names = "--rounds",
      description = "measured rounds of three steps each (${DEFAULT-VALUE})")
  private int rounds = 3;

  @Option(
      names = "--transport",
      description = "how tensors move: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
  private Local local = Local.AERON;

  @Option(names = "--case", description = "only this case")
  private String only;

  @Option(
      names = "--devices",
      description = "compare two devices of one worker each with one device of two instead")
  private boolean devices;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  /** The shapes of the speed figures, in four micro-batches, and the demo's. */
  static Map<String, Work> cases() {
    Map<String, Work> cases = new LinkedHashMap<>();
    DecoderShape dense = StepBenchmark.shapes().get("dense-fp32");
    DecoderShape sparse = StepBenchmark.shapes().get("sparse-fp32");
    DecoderShape demo =
        new DecoderShape(
            4096,
            256,
            new DecoderShape.Sizes(192, 3, 768),
            new DecoderShape.Stack(1, 2, true),
            new DecoderShape.Experts(4, 8));
    cases.put("dense-fp32", new Work(dense, 8, 2, 0, Precision.FP32));
    cases.put("sparse-fp32", new Work(sparse, 8, 2, 0, Precision.FP32));
    cases.put("sparse-fp32-one-domain", new Work(sparse, 8, 2, 1, Precision.FP32));
    cases.put("demo", new Work(demo, 4, 1, 0, Precision.FP32));
    return cases;
  }

  @Override
  public Integer call() throws Exception {
    if (only != null && !cases().containsKey(only)) {
      System.err.printf(
          "There is no case '%s'; choose one of %s.%n", only, String.join(", ", cases().keySet()));
      return 2;
    }
    if (rounds < 1) {
      System.err.printf("--rounds %d must be above zero.%n", rounds);
      return 2;
    }
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    ArrayNode rows = root.putArray("cases");
    for (Map.Entry<String, Work> entry : cases().entrySet()) {
      if (only != null && !only.equals(entry.getKey())) {
        continue;
      }
      ObjectNode row = rows.addObject().put("name", entry.getKey());
      if (devices) {
        compareDevices(entry.getKey(), entry.getValue().withReplicas(2), row);
      } else {
        measure(entry.getKey(), entry.getValue(), rounds, row);
      }
    }
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }

  /** One device of two workers, and two nodes that are devices of one worker each, in turns. */
  private void compareDevices(String name, Work work, ObjectNode row) {
    double[] best = new double[2];
    try (TrainerCase one = new TrainerCase(work, 2, 1, local, Long.MAX_VALUE);
        TrainerCase two =
            new TrainerCase(work, 1, 1, local, Long.MAX_VALUE, new NodeSettings(2, 1))) {
      TrainerCase[] trainers = {one, two};
      EcssCounters[] counted = new EcssCounters[2];
      for (int i = 0; i < 2; i++) {
        trainers[i].run(WARMUP_STEPS);
        counted[i] = trainers[i].activity().ecss();
      }
      List<Map<String, Double>> cpu = List.of(new TreeMap<>(), new TreeMap<>());
      for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < 2; i++) {
          ThreadTimes before = ThreadTimes.now();
          best[i] = Math.max(best[i], trainers[i].run(STEPS));
          Map<String, Double> sums = cpu.get(i);
          ThreadTimes.now()
              .since(before)
              .forEach((group, seconds) -> sums.merge(group, seconds, Double::sum));
        }
      }
      System.err.printf(
          "%-22s one device %6.0f, two devices %6.0f tokens/s (%.3f)%n",
          name, best[0], best[1], best[1] / best[0]);
      for (int i = 0; i < 2; i++) {
        EcssCounters ecss = trainers[i].activity().ecss().since(counted[i]);
        int steps = STEPS * rounds;
        System.err.printf(
            "    %d: workers busy %.3f, %d residencies, %d misses, %d version waits, %.1f MB to devices, %.1f MB to hosts a step%n",
            i + 1,
            trainers[i].workerShare(),
            ecss.residencies().total() / steps,
            ecss.residencies().misses() / steps,
            ecss.residencies().versionWaits() / steps,
            ecss.bytes().toDevice() / 1e6 / steps,
            ecss.bytes().toHost() / 1e6 / steps);
        System.err.printf("       CPU milliseconds a step:");
        ObjectNode millis = row.putObject(i == 0 ? "cpuMillisOfOne" : "cpuMillisOfTwo");
        cpu.get(i)
            .forEach(
                (group, seconds) -> {
                  millis.put(group, 1000 * seconds / steps);
                  System.err.printf(" %s %.1f", group, 1000 * seconds / steps);
                });
        System.err.println();
      }
      row.putObject("devices")
          .put("one", best[0])
          .put("two", best[1])
          .put("ratio", best[1] / best[0])
          .put("lossDifference", Math.abs(one.lastLoss() - two.lastLoss()));
    }
  }

  private void measure(String name, Work work, int rounds, ObjectNode row) {
    double[] best = new double[3];
    double[] workerShare = new double[3];
    TrainerCase[] trainers = new TrainerCase[3];
    EcssCounters[] counted = new EcssCounters[3];
    try {
      for (int workers = 0; workers < trainers.length; workers++) {
        trainers[workers] = new TrainerCase(work, workers, 1, local, Long.MAX_VALUE);
        trainers[workers].run(WARMUP_STEPS);
        counted[workers] = trainers[workers].activity().ecss();
      }
      for (int round = 0; round < rounds; round++) {
        for (int workers = 0; workers < trainers.length; workers++) {
          double speed = trainers[workers].run(STEPS);
          if (speed > best[workers]) {
            best[workers] = speed;
            workerShare[workers] = trainers[workers].workerShare();
          }
        }
      }
      EcssCounters ecss = trainers[2].activity().ecss().since(counted[2]);
      int steps = STEPS * rounds;
      System.err.printf(
          "%-22s reference %6.0f, one worker %6.0f (%.3f), two workers %6.0f (%.3f) tokens/s; workers busy %.3f and %.3f%n",
          name,
          best[0],
          best[1],
          best[1] / best[0],
          best[2],
          best[2] / best[1],
          workerShare[1],
          workerShare[2]);
      System.err.printf(
          "    a step: %.0f ms, %d residencies, %d misses, %d version waits, %d refetches, %.1f MB to the device, %.1f MB to the host, stalls %d ms%n",
          2e3 * work.rows() * work.shape().context() / best[2] / 2,
          ecss.residencies().total() / steps,
          ecss.residencies().misses() / steps,
          ecss.residencies().versionWaits() / steps,
          ecss.residencies().refetches() / steps,
          ecss.bytes().toDevice() / 1e6 / steps,
          ecss.bytes().toHost() / 1e6 / steps,
          ecss.stallMillis() / steps);
      row.put("reference", best[0]);
      ObjectNode lanes = row.putObject("lanes");
      lanes.put("one", best[1]).put("two", best[2]).put("ratio", best[2] / best[1]);
      row.put("oneToReference", best[1] / best[0]);
      row.put("lossDifference", Math.abs(trainers[0].lastLoss() - trainers[2].lastLoss()));
    } finally {
      for (TrainerCase trainer : trainers) {
        if (trainer != null) {
          trainer.close();
        }
      }
    }
  }
}

package jingwei.bench.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import jingwei.bench.Outputs;
import jingwei.bench.RowFile;
import jingwei.model.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures what a cluster costs. */
@Command(
    name = "cluster",
    description = {
      "What nodes in processes of their own, messages and a fixed order of sums cost, on the preset small in single precision.",
      "",
      "speed: a device and a host in one JVM each, by shared memory and by UDP on the loopback, beside all in one JVM. traffic: messages and bytes of a step with 1, 2 and 4 devices. order: gradients added up in a fixed order, beside the order of arrival. The candidates take turns; their figures are written to a file at once, and a run that was interrupted goes on."
    },
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench cluster --run cluster --rounds 3"})
public final class ClusterBenchmark implements Callable<Integer> {
  private static final String SPEED = "speed";
  private static final String TRAFFIC = "traffic";
  private static final String ORDER = "order";
  private static final List<String> PARTS = List.of(SPEED, TRAFFIC, ORDER);
  private static final int TRAFFIC_STEPS = 5;

  @Option(names = "--run", description = "folder of the figures; the same folder goes on")
  private Path run;

  @Option(names = "--rounds", description = "rounds; the median counts (${DEFAULT-VALUE})")
  private int rounds = 3;

  @Option(names = "--steps", description = "steps of each candidate in a round (${DEFAULT-VALUE})")
  private int steps = 40;

  @Option(
      names = "--first",
      description =
          "steps of a new process that do not count, while Java compiles (${DEFAULT-VALUE})")
  private int first = 15;

  @Option(names = "--only", split = ",", description = "only these parts: speed, traffic, order")
  private List<String> only = PARTS;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    check();
    Path folder = Outputs.folder(run, "jingwei-cluster");
    try (RowFile<Row> file = new RowFile<>(folder.resolve("rows.jsonl"), Row.class)) {
      if (only.contains(TRAFFIC)) {
        countTraffic(file);
      }
      if (only.contains(SPEED)) {
        measureProcesses(file, new ProcessSpeed(folder.toAbsolutePath(), steps, first));
      }
      if (only.contains(ORDER)) {
        measureOrders(file);
      }
      report(file);
    }
    return 0;
  }

  private void check() {
    if (rounds < 1) {
      throw new UserException("--rounds %d must be above zero.".formatted(rounds));
    }
    if (first < 0 || steps <= first) {
      throw new UserException(
          "--steps %d must be above --first %d, which must not be below zero."
              .formatted(steps, first));
    }
    for (String part : only) {
      if (!PARTS.contains(part)) {
        throw new UserException(
            "--only %s is no part; there are %s.".formatted(part, String.join(", ", PARTS)));
      }
    }
  }

  private static void countTraffic(RowFile<Row> file) throws IOException {
    for (int devices : Traffic.DEVICES) {
      if (isMissing(file, Traffic.name(devices), 1)) {
        add(file, Traffic.count(devices, TRAFFIC_STEPS));
      }
    }
  }

  private void measureProcesses(RowFile<Row> file, ProcessSpeed speed) throws IOException {
    for (int round = 1; round <= rounds; round++) {
      for (String name : ProcessSpeed.ALL) {
        if (isMissing(file, name, round)) {
          add(file, speed.measure(name, round));
        }
      }
    }
  }

  private void measureOrders(RowFile<Row> file) throws IOException {
    List<Integer> missing =
        IntStream.rangeClosed(1, rounds)
            .filter(round -> isMissing(file, OrderSpeed.ARRIVAL, round))
            .boxed()
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    try (OrderSpeed orders = new OrderSpeed(steps)) {
      for (int round : missing) {
        for (Row row : orders.measure(round)) {
          if (isMissing(file, row.name(), round)) {
            add(file, row);
          }
        }
        System.err.printf("  losses differ by %.1e of them%n", orders.lossDifference());
      }
    }
  }

  private static boolean isMissing(RowFile<Row> file, String name, int round) {
    return file.rows().stream().noneMatch(row -> row.name().equals(name) && row.round() == round);
  }

  private static void add(RowFile<Row> file, Row row) throws IOException {
    file.add(row);
    System.err.printf(
        "%d %-10s %7.0f tokens/s, %s, %.1f MB of tensors a step%n",
        row.round(),
        row.name(),
        row.figures().tokensPerSecond(),
        row.figures().areCounted()
            ? "%.0f messages of %.0f bytes together"
                .formatted(row.figures().messages(), row.figures().messageBytes())
            : "messages not counted",
        row.figures().tensorBytes() / 1e6);
  }

  private void report(RowFile<Row> file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    file.describe(root);
    ClusterReport report = new ClusterReport(file.rows());
    report.addTo(root);
    report.tables().forEach(System.err::println);
    System.out.println(
        json
            ? mapper.writeValueAsString(root)
            : mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }
}

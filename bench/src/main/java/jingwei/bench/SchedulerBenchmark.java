package jingwei.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "scheduler",
    description =
        "Milliseconds for all decisions of the device's scheduler in one step, without messages and transfers; and how they grow with the residencies of the step.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench scheduler --rounds 100"})
final class SchedulerBenchmark implements Callable<Integer> {
  private static final int[] RESIDENCIES = {1 << 10, 1 << 12, 1 << 14};
  private static final long WARMUP_NANOS = 2_000_000_000L;

  @Option(names = "--rounds", description = "steps to measure; the fastest counts")
  private int rounds = 50;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    ArrayNode cases = root.putArray("cases");
    measure("all fit", 1, cases);
    measure("half fit", 2, cases);
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }

  /**
   * @param residenciesPerSlot how many experts share a slot
   */
  private void measure(String name, int residenciesPerSlot, ArrayNode cases) {
    double smallest = 0;
    for (int residencies : RESIDENCIES) {
      int slots = residencies / residenciesPerSlot;
      long warmUntil = System.nanoTime() + WARMUP_NANOS;
      while (System.nanoTime() - warmUntil < 0) {
        new ScheduledStep(residencies, slots).run();
      }
      double[] millis = new double[rounds];
      long events = 0;
      for (int round = 0; round < rounds; round++) {
        ScheduledStep step = new ScheduledStep(residencies, slots);
        long start = System.nanoTime();
        events = step.run();
        millis[round] = (System.nanoTime() - start) / 1e6;
      }
      Arrays.sort(millis);
      double share = millis[0] / (residencies * Math.log(residencies));
      smallest = smallest == 0 ? share : smallest;
      System.err.printf(
          "%-8s %6d residencies, %7d events: %7.2f ms a step (median %.2f), %.2f of the growth of n log n%n",
          name, residencies, events, millis[0], millis[rounds / 2], share / smallest);
      cases
          .addObject()
          .put("name", name)
          .put("residencies", residencies)
          .put("events", events)
          .put("milliseconds", millis[0])
          .put("toNLogN", share / smallest);
    }
  }
}

package jingwei.bench.ecss;

import java.util.ArrayList;
import java.util.List;
import jingwei.bench.ecss.ScheduledTrace.Link;
import jingwei.model.step.StepRules;

/**
 * How many transfers the scheduler of a device makes in a step whose experts do not all fit, beside
 * the optimum of {@link EvictionOptimum}. Traces are small: 12 experts; random uses, and batches of
 * 1 to 4 domains whose micro-batches mix domains or have one each.
 */
final class EvictionExcess {
  private static final int[] PARTS = {2, 3, 6};
  private static final int TOKENS_PER_EXPERT = 8;

  private EvictionExcess() {}

  /**
   * Transfers over all traces.
   *
   * @param partsThatFit one of this many parts of the experts fits on the device
   * @param optimum the fewest
   * @param ours of the scheduler, on the link that suits it less
   * @param leastRecentlyUsed of LRU
   * @param neededLast of Belady's rule, which does not count partial gradients
   */
  record Row(
      int partsThatFit, int traces, int optimum, int ours, int leastRecentlyUsed, int neededLast) {
    /** Share of the optimum that the scheduler needs beside it. */
    double excess() {
      return (double) ours / optimum - 1;
    }

    /** The same for LRU. */
    double leastRecentlyUsedExcess() {
      return (double) leastRecentlyUsed / optimum - 1;
    }

    /** The same for Belady's rule. */
    double neededLastExcess() {
      return (double) neededLast / optimum - 1;
    }

    @Override
    public String toString() {
      return String.format(
          "1/%d of the experts fit: optimum %6d, ours %6d (%+.1f %%), LRU %6d (%+.1f %%), Belady %6d (%+.1f %%)",
          partsThatFit,
          optimum,
          ours,
          100 * excess(),
          leastRecentlyUsed,
          100 * leastRecentlyUsedExcess(),
          neededLast,
          100 * neededLastExcess());
    }
  }

  /**
   * A row for 1/2, 1/3 and 1/6 of the step's experts.
   *
   * @param seeds traces of each kind
   */
  static List<Row> rows(int seeds, StepRules rules) {
    List<UseTrace> traces = new ArrayList<>();
    for (int seed = 0; seed < seeds; seed++) {
      traces.addAll(traces(seed));
    }
    List<Row> rows = new ArrayList<>();
    for (int parts : PARTS) {
      rows.add(row(parts, traces, rules));
    }
    return rows;
  }

  static Row row(int parts, List<UseTrace> traces, StepRules rules) {
    int optimum = 0;
    int onFast = 0;
    int onSlow = 0;
    int leastRecentlyUsed = 0;
    int neededLast = 0;
    for (UseTrace trace : traces) {
      int slots = Math.max(1, trace.experts() / parts);
      optimum += EvictionOptimum.transfers(trace, slots);
      onFast += ScheduledTrace.transfers(trace, slots, Link.FAST, rules);
      onSlow += ScheduledTrace.transfers(trace, slots, Link.SLOW, rules);
      leastRecentlyUsed += EvictionRule.LEAST_RECENTLY_USED.transfers(trace, slots);
      neededLast += EvictionRule.NEEDED_LAST.transfers(trace, slots);
    }
    int ours = Math.max(onFast, onSlow);
    return new Row(parts, traces.size(), optimum, ours, leastRecentlyUsed, neededLast);
  }

  /** One trace of each kind. */
  static List<UseTrace> traces(int seed) {
    List<UseTrace> traces = new ArrayList<>();
    traces.add(UseTrace.random(seed, 4, 1));
    traces.add(UseTrace.random(seed, 4, 2));
    for (int domains = 1; domains <= 4; domains++) {
      int layers = domains == 4 ? 1 : 2;
      int tokens = 12 / layers * TOKENS_PER_EXPERT / domains;
      traces.add(UseTrace.routed(seed, new UseTrace.Shape(4, layers, domains, tokens, true)));
    }
    traces.add(UseTrace.routed(seed, new UseTrace.Shape(4, 2, 2, 24, false)));
    traces.add(UseTrace.routed(seed, new UseTrace.Shape(8, 1, 4, 24, false)));
    return traces;
  }
}

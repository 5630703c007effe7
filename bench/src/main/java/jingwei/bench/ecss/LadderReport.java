package jingwei.bench.ecss;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.step.StepRules;

/** Ratios, the fitted line and the hidden shares, as far as their rungs are measured. */
final class LadderReport {
  /** Where Adam alone is slower than this share of a plain pass, baselines get no ratio. */
  static final double LEAST_ADAM_SHARE = 0.8;

  private static final double MILLIS = 1e-3;

  private static final int EVICTION_SEEDS = 3;

  private LadderReport() {}

  static void add(RungFile file, ObjectNode root) {
    ArrayNode ratios = root.putArray("ratios");
    for (double link : new double[] {Plan.FAST, Plan.SLOW}) {
      for (int domains : Plan.FEW) {
        Measurement ours = Measurement.of("E3", domains).at(link);
        for (String base : List.of("B1", "B1-overlapped", "B2")) {
          ratio(file, ratios, ours, Measurement.of(base, Plan.ALL).at(link));
        }
        for (String base : List.of("B2a", "E2")) {
          ratio(file, ratios, ours, Measurement.of(base, domains).at(link));
        }
        ratio(file, ratios, Measurement.of("E4", domains).at(link), ours);
      }
      Measurement all = Measurement.of("E1", Plan.ALL).at(link);
      for (String base : List.of("B2", "B2a")) {
        ratio(file, ratios, all, Measurement.of(base, Plan.ALL).at(link));
      }
      ratio(file, ratios, Measurement.of("E3", Plan.ALL).at(link), all);
    }
    experts(file, root.putArray("experts"));
    if (!file.rounds(Plan.ADAM).isEmpty()) {
      root.put("adamShare", adamShare(file));
    }
    fit(file, root);
    hidden(file, root.putArray("hidden"));
  }

  /** Adds what a device moves that does not hold all experts of a step, beside the optimum. */
  static void addEvictions(ObjectNode root) {
    ArrayNode evictions = root.putArray("evictions");
    StepRules rules = new Work(Work.shape(Plan.ALL), List.of(), 1, 0).rules();
    for (EvictionExcess.Row row : EvictionExcess.rows(EVICTION_SEEDS, rules)) {
      evictions
          .addObject()
          .put("partsThatFit", row.partsThatFit())
          .put("optimum", row.optimum())
          .put("ours", row.ours())
          .put("excess", row.excess())
          .put("leastRecentlyUsedExcess", row.leastRecentlyUsedExcess());
    }
  }

  /**
   * How fast Adam alone is, as a share of a pass over the same bytes; NaN if it is not measured.
   */
  static double adamShare(RungFile file) {
    List<Figures> rounds = file.rounds(Plan.ADAM);
    if (rounds.isEmpty()) {
      return Double.NaN;
    }
    Figures median = Ladder.median(rounds);
    return 1000 * median.times().computeSeconds() / median.times().optimizerMillis();
  }

  /**
   * The speed of a rung over that of another one. Beside a baseline also stands what the ratio
   * would be if Adam were as fast in the baseline as it is alone.
   */
  private static void ratio(RungFile file, ArrayNode ratios, Measurement fast, Measurement slow) {
    if (file.rounds(fast).isEmpty() || file.rounds(slow).isEmpty()) {
      return;
    }
    ObjectNode row =
        ratios
            .addObject()
            .put("name", fast.name() + "/" + slow.name())
            .put("link", fast.link())
            .put("domainsPerBatch", fast.domainsPerBatch());
    double speed = Ladder.median(file.rounds(fast)).tokensPerSecond();
    Figures base = Ladder.median(file.rounds(slow));
    if (!slow.kind().isMixture()) {
      row.put("value", speed / base.tokensPerSecond());
      return;
    }
    double adamShare = adamShare(file);
    if (!(adamShare >= LEAST_ADAM_SHARE)) {
      row.put(
          "refused",
          file.rounds(Plan.ADAM).isEmpty()
              ? Plan.ADAM.name() + " is not measured"
              : "Adam alone makes %.2f of a plain pass".formatted(adamShare));
      return;
    }
    double alone = Ladder.median(file.rounds(Plan.ADAM)).times().optimizerMillis();
    double saved = Math.max(0, base.times().optimizerMillis() - alone) * MILLIS;
    row.put("value", speed / base.tokensPerSecond())
        .put(
            "valueWithAdamAlone",
            speed * (stepSeconds(base) - saved) / Work.tokensPerStep(Work.shape(Plan.ALL)));
  }

  /** Many experts beside few, with the same number of activated ones. */
  private static void experts(RungFile file, ArrayNode rows) {
    for (Measurement measurement : file.measurements()) {
      int domains = Plan.domains(measurement);
      if (domains == Plan.ALL) {
        continue;
      }
      Figures median = Ladder.median(file.rounds(measurement));
      ObjectNode row =
          rows.addObject()
              .put("perLayer", domains * Work.EXPERTS_PER_DOMAIN)
              .put("domainsPerBatch", measurement.domainsPerBatch())
              .put("updated", median.updatedExperts())
              .put("materialisedBytes", median.bytes().host())
              .put("deviceBytes", median.bytes().device())
              .put("tokensPerSecond", median.tokensPerSecond());
      List<Figures> few = file.rounds(Plan.experts(2, measurement.domainsPerBatch()));
      if (domains > 2 && !few.isEmpty()) {
        Figures base = Ladder.median(few);
        row.put("speedToFew", median.tokensPerSecond() / base.tokensPerSecond())
            .put("deviceBytesToFew", (double) median.bytes().device() / base.bytes().device());
      }
    }
  }

  /** The line through the steps of E2, and E1, which is E2 with all domains. */
  private static void fit(RungFile file, ObjectNode root) {
    List<Measurement> points = new ArrayList<>();
    for (int domains : Plan.FEW) {
      points.add(Measurement.of("E2", domains));
    }
    points.add(Measurement.of("E1", Plan.ALL));
    points.removeIf(point -> file.rounds(point).isEmpty());
    if (points.size() < 3) {
      return;
    }
    double[] shares = new double[points.size()];
    double[] seconds = new double[points.size()];
    for (int i = 0; i < shares.length; i++) {
      Figures median = Ladder.median(file.rounds(points.get(i)));
      shares[i] = median.activatedShare();
      seconds[i] = stepSeconds(median);
    }
    Ladder.Fit fit = Ladder.fit(shares, seconds);
    root.putObject("fit").put("C", fit.c()).put("H", fit.h()).put("residual", fit.residual());
  }

  /**
   * How much of the transfers E3 hides, with one domain a step. A transfer is as long as the
   * gradients of a step take on the link; weights are as many, but may be counted a step earlier.
   */
  private static void hidden(RungFile file, ArrayNode rows) {
    List<Figures> compute = file.rounds(Plan.COMPUTE);
    if (compute.isEmpty()) {
      return;
    }
    double alone = stepSeconds(Ladder.median(compute));
    for (Measurement measurement : file.measurements()) {
      if (measurement.kind() == RungKind.E3_HIDDEN) {
        Figures median = Ladder.median(file.rounds(measurement));
        double transfer = median.bytes().toHost() / measurement.bandwidth();
        rows.addObject()
            .put("name", measurement.name())
            .put("link", measurement.link())
            .put("domainsPerBatch", measurement.domainsPerBatch())
            .put("transferSeconds", transfer)
            .put("computeSeconds", alone)
            .put("stepSeconds", stepSeconds(median))
            .put("value", Ladder.hiddenShare(transfer, alone, stepSeconds(median)));
      }
    }
  }

  private static double stepSeconds(Figures figures) {
    return Work.tokensPerStep(Work.shape(Plan.ALL)) / figures.tokensPerSecond();
  }
}

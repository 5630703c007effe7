package jingwei.bench.ecss;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.step.StepRules;

/** Ratios, the fitted line and the hidden shares, as far as their rungs are measured. */
final class LadderReport {
  /** A baseline whose Adam is slower than this share of a plain pass gets no ratio. */
  private static final double LEAST_ADAM_SHARE = 0.8;

  private static final int EVICTION_SEEDS = 3;

  private LadderReport() {}

  static void add(RungFile file, ObjectNode root) {
    ArrayNode ratios = root.putArray("ratios");
    for (double link : new double[] {0, Plan.SLOW}) {
      for (int domains : Plan.FEW) {
        ratio(file, ratios, "E3", domains, "B1", Plan.ALL, link);
        ratio(file, ratios, "E3", domains, "B1-overlapped", Plan.ALL, link);
        ratio(file, ratios, "E3", domains, "B2", Plan.ALL, link);
        ratio(file, ratios, "E3", domains, "B2a", domains, link);
        ratio(file, ratios, "E3", domains, "E2", domains, link);
        ratio(file, ratios, "E4", domains, "E3", domains, link);
      }
      ratio(file, ratios, "E1", Plan.ALL, "B2", Plan.ALL, link);
      ratio(file, ratios, "E3", Plan.ALL, "E1", Plan.ALL, link);
    }
    experts(file, root.putArray("experts"));
    root.put("adamShare", adamShare(file));
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
    fit(file, root);
    hidden(file, root.putArray("hidden"));
  }

  private static Measurement at(String name, int domains, double link) {
    Measurement measurement = Measurement.of(name, domains);
    return link == 0 ? measurement : measurement.at(link);
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

  private static void ratio(
      RungFile file,
      ArrayNode ratios,
      String fast,
      int fastDomains,
      String slow,
      int slowDomains,
      double link) {
    List<Figures> numerator = file.rounds(at(fast, fastDomains, link));
    List<Figures> denominator = file.rounds(at(slow, slowDomains, link));
    boolean isFair = !slow.startsWith("B") || adamShare(file) >= LEAST_ADAM_SHARE;
    if (!numerator.isEmpty() && !denominator.isEmpty() && isFair) {
      ratios
          .addObject()
          .put("name", fast + "/" + slow)
          .put("link", at(fast, fastDomains, link).link())
          .put("domainsPerBatch", fastDomains)
          .put(
              "value",
              Ladder.median(numerator).tokensPerSecond()
                  / Ladder.median(denominator).tokensPerSecond());
    }
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

  private static void hidden(RungFile file, ArrayNode rows) {
    List<Figures> compute = file.rounds(Plan.COMPUTE);
    if (compute.isEmpty()) {
      return;
    }
    double alone = stepSeconds(Ladder.median(compute));
    for (Measurement measurement : file.measurements()) {
      if (measurement.isSlowed() && measurement.name().startsWith("E3")) {
        Figures median = Ladder.median(file.rounds(measurement));
        double slower =
            Math.max(median.bytes().toDevice(), median.bytes().toHost()) / measurement.bandwidth();
        rows.addObject()
            .put("name", measurement.name())
            .put("link", measurement.link())
            .put("domainsPerBatch", measurement.domainsPerBatch())
            .put("transferSeconds", slower)
            .put("computeSeconds", alone)
            .put("stepSeconds", stepSeconds(median))
            .put("value", Ladder.hiddenShare(slower, alone, stepSeconds(median)));
      }
    }
  }

  private static double stepSeconds(Figures figures) {
    return Work.tokensPerStep(Work.shape(Plan.ALL)) / figures.tokensPerSecond();
  }
}

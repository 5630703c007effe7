package jingwei.bench.ecss;

import java.util.ArrayList;
import java.util.List;

/** Which rungs are measured, in the order in which they take turns. */
final class Plan {
  /** Domains of a step in which all of them are mixed. */
  static final int ALL = 40;

  /** Bytes a second of a link ten times faster than a gigabit network. */
  static final double SLOW = 1.25e9;

  /** The link is as fast as the transport. */
  static final double FAST = Double.POSITIVE_INFINITY;

  /** Transfer alone takes these shares of computing alone. */
  static final double[] HIDDEN_AT = {0.5, 0.9};

  static final int[] FEW = {1, 2, 4};

  /** Computing alone: buffers are handed over, so that nothing moves. */
  static final Measurement COMPUTE = Measurement.of(RungKind.E3_HANDOVER.text(), 1);

  /** Adam over all experts, beside a pass that reads and writes the same bytes. */
  static final Measurement ADAM = Measurement.of(RungKind.ADAM_ALONE.text(), ALL);

  static final Measurement E3_ONE = Measurement.of("E3", 1);

  /** Domains of a decoder all of whose experts are used, in steps of two domains. */
  static final int[] FEW_EXPERTS = {2, 64};

  /** Domains of a decoder with a new domain in each step, and of one with two that take turns. */
  static final int[] MANY_EXPERTS = {2, 256};

  private Plan() {}

  /** E3 with so many domains. */
  static Measurement experts(int domains, int domainsPerBatch) {
    return Measurement.of(
        RungKind.EXPERTS.text() + domains * Work.EXPERTS_PER_DOMAIN, domainsPerBatch);
  }

  /** Number of domains of the decoder that is measured. */
  static int domains(Measurement measurement) {
    return measurement.kind() == RungKind.EXPERTS
        ? Integer.parseInt(measurement.name().substring(RungKind.EXPERTS.text().length()))
            / Work.EXPERTS_PER_DOMAIN
        : ALL;
  }

  /**
   * The measurements; the speeds of the link at which transfers take a share of computing follow
   * from what is measured.
   */
  static List<Measurement> of(RungFile file) {
    List<Measurement> plan = new ArrayList<>();
    plan.add(ADAM);
    plan.add(Measurement.of("B0", ALL));
    for (String name : List.of("B1", "B1-overlapped", "B2")) {
      plan.add(Measurement.of(name, ALL));
      plan.add(Measurement.of(name, ALL).at(SLOW));
    }
    plan.add(Measurement.of("B2a", ALL));
    for (int domains : FEW) {
      plan.add(Measurement.of("B2a", domains));
    }
    for (String name : List.of("E1", "E3")) {
      plan.add(Measurement.of(name, ALL)); // E2 with all domains is E1
    }
    for (int domains : FEW) {
      plan.add(Measurement.of("E2", domains));
      plan.add(Measurement.of("E3", domains));
      plan.add(Measurement.of("E3", domains).at(SLOW));
      plan.add(Measurement.of("E4", domains));
    }
    plan.add(Measurement.of("E4", 1).at(SLOW));
    plan.add(COMPUTE);
    hidden(file, plan);
    for (int domains : FEW_EXPERTS) {
      plan.add(experts(domains, 2));
    }
    for (int domains : MANY_EXPERTS) {
      plan.add(experts(domains, 1));
    }
    return plan;
  }

  /**
   * Bytes a second at which a direction of E3 takes a share of computing alone. Gradients stand for
   * both directions: a prefetch may begin before the first step that is measured, or end after the
   * last one. The first round says it for all rounds.
   */
  private static void hidden(RungFile file, List<Measurement> plan) {
    List<Figures> compute = file.rounds(COMPUTE);
    List<Figures> moved = file.rounds(E3_ONE);
    if (compute.isEmpty() || moved.isEmpty()) {
      return;
    }
    double seconds = Work.tokensPerStep(Work.shape(ALL)) / compute.getFirst().tokensPerSecond();
    double bytes = moved.getFirst().bytes().toHost();
    for (double share : HIDDEN_AT) {
      plan.add(Measurement.of(RungKind.E3_HIDDEN.text() + share, 1).at(bytes / (share * seconds)));
    }
  }
}

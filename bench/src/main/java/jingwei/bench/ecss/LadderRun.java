package jingwei.bench.ecss;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.mixture.AdamSpeed;
import jingwei.bench.mixture.ExpertRules;
import jingwei.bench.mixture.ExpertRules.Updated;
import jingwei.bench.mixture.ExpertStates;
import jingwei.bench.mixture.Mixture;
import jingwei.bench.mixture.Routing;
import jingwei.bench.text.JdkDomains;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;

/**
 * Opens a rung, warms it up, and measures some steps. Rungs take turns: one is open at a time.
 * Those below ECSS share one store of experts.
 */
final class LadderRun implements AutoCloseable {
  /** Text of all domains together. */
  private static final long TEXT_BYTES = 8_000_000;

  private static final int WARMUP_STEPS = 4;
  private static final int STEPS = 10;

  /** All domains have a turn in so many steps before, several domains in each. */
  private static final int TURN_STEPS = 10;

  /** Until a step of a mixture begins with as much on its way as the one before. */
  private static final int MIXTURE_WARMUP_STEPS = 3;

  /** A mixture has steps of some seconds. */
  private static final int MIXTURE_STEPS = 3;

  /**
   * With all domains, a step takes some seconds, and the first ones activate almost all experts.
   */
  private static final int STEPS_OF_ALL = 5;

  /** Steps after which each of 64 domains has had a turn. */
  private static final int STEPS_OF_TURNS = 40;

  /** Steps in which new domains come, one in each. */
  private static final int STEPS_OF_NEW_EXPERTS = 60;

  /** Of the comparisons of numbers of experts. */
  private static final long DEVICE_BYTES = 1L << 30;

  private static final int ADAM_ROUNDS = 5;

  private final Map<Integer, JdkDomains> texts = new HashMap<>();

  /** Null while no rung below ECSS is measured: it takes half of the machine's memory. */
  private ExpertStates states;

  private Work work(Measurement measurement) throws IOException {
    DecoderShape shape = Work.shape(Plan.domains(measurement));
    int domains = shape.domains();
    JdkDomains text = texts.get(domains);
    if (text == null) {
      text = JdkDomains.of(domains, shape.vocabulary(), TEXT_BYTES / domains);
      texts.put(domains, text);
    }
    return new Work(
        shape, text.training(), measurement.domainsPerBatch(), measurement.kind().delay());
  }

  Figures measure(Measurement measurement) throws IOException {
    Work work = work(measurement);
    if (measurement.equals(Plan.ADAM)) {
      return adamAlone(work);
    }
    boolean isMixture = measurement.kind().isMixture();
    if (!isMixture) {
      close();
    }
    try (Rung rung = isMixture ? mixture(measurement, work) : ecss(measurement, work)) {
      rung.run(isMixture ? MIXTURE_WARMUP_STEPS : warmUpSteps(work));
      return rung.run(isMixture ? MIXTURE_STEPS : steps(work));
    }
  }

  private static int steps(Work work) {
    if (isOfExperts(work)) {
      return work.domainsPerBatch() > 1 ? STEPS_OF_TURNS : STEPS_OF_NEW_EXPERTS;
    }
    return work.domainsPerBatch() == Plan.ALL ? STEPS_OF_ALL : STEPS;
  }

  /** Until no step needs a new expert; where each step is to bring new ones, only a few. */
  private static int warmUpSteps(Work work) {
    int turn =
        !isOfExperts(work)
            ? turnSteps(work)
            : work.domainsPerBatch() > 1 ? work.shape().domains() / work.domainsPerBatch() : 0;
    return WARMUP_STEPS + turn;
  }

  /** An older version of an expert takes its memory when it is updated for the second time. */
  private static int turnSteps(Work work) {
    return work.domainsPerBatch() == Plan.ALL ? 0 : TURN_STEPS * (1 + work.delay());
  }

  private static boolean isOfExperts(Work work) {
    return work.shape().domains() != Plan.ALL;
  }

  private Rung mixture(Measurement measurement, Work work) {
    RungKind kind = measurement.kind();
    Routing routing =
        kind.isGated()
            ? new Routing.Gate(Routing.Gate.USUAL_BALANCE)
            : new Routing.Tables(work.routes());
    ExpertRules rules = ExpertRules.of(kind.movement(), Updated.ALL);
    return new MixtureRung(
        work,
        mixture(work),
        routing,
        kind == RungKind.B1_OVERLAPPED ? rules.overlapped() : rules,
        states(work),
        transport(measurement));
  }

  private static Mixture mixture(Work work) {
    return Mixture.of(
        work.shape(),
        Precision.FP32,
        work.batches().tokensPerMicroBatch(),
        Work.SEED,
        new Mixture.Optimizer(Work.ADAM, Work.RATE),
        new LossMeter(new int[work.shape().vocabulary()], work.shape().domains()));
  }

  private ExpertStates states(Work work) {
    if (states == null) {
      states = new ExpertStates(work.decoder(), ElementType.FLOAT32, "host");
    }
    return states;
  }

  /**
   * Adam alone over all experts, in {@code optimizerMillis}, and a pass that reads and writes the
   * same bytes, in {@code computeSeconds}; the best of some rounds of both.
   */
  private Figures adamAlone(Work work) {
    double adam = Double.POSITIVE_INFINITY;
    double pass = Double.POSITIVE_INFINITY;
    states(work).initialise(Work.SEED);
    try (AdamSpeed speed =
        new AdamSpeed(mixture(work), states, Runtime.getRuntime().availableProcessors())) {
      for (int round = 0; round < ADAM_ROUNDS; round++) {
        adam = Math.min(adam, speed.adamSeconds());
        pass = Math.min(pass, speed.passSeconds());
      }
    }
    Figures.Bytes none = new Figures.Bytes(0, states.bytes(), 0, 0, Double.NaN, Double.NaN);
    return new Figures(0, 1, none, new Figures.Times(pass, 1000 * adam, 0), 0, states.count());
  }

  private static Rung ecss(Measurement measurement, Work work) {
    WarmUpFeed feed =
        isOfExperts(work)
            ? new WarmUpFeed(work, 0, work.domainsPerBatch())
            : new WarmUpFeed(
                work, turnSteps(work), Math.max(work.domainsPerBatch(), Plan.ALL / TURN_STEPS));
    return new ActorRung(
        work,
        feed,
        measurement.kind().lookahead(),
        transport(measurement),
        measurement.isSlowed()
            ? OptionalDouble.of(measurement.bandwidth())
            : OptionalDouble.empty(),
        isOfExperts(work) ? DEVICE_BYTES : Long.MAX_VALUE);
  }

  private static TransportSettings transport(Measurement measurement) {
    TransportSettings transport = TransportSettings.defaults();
    if (measurement.kind() == RungKind.E3_HANDOVER) {
      return transport.through(TransportSettings.Local.HANDOVER);
    }
    return measurement.isSlowed()
        ? transport.withLink(LinkSettings.both(new LinkSpeed((long) measurement.bandwidth(), 0)))
        : transport;
  }

  @Override
  public void close() {
    if (states != null) {
      states.close();
      states = null;
    }
  }
}

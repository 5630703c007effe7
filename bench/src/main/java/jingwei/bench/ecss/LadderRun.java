package jingwei.bench.ecss;

import java.io.IOException;
import java.util.OptionalDouble;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.decoder.DecoderShape;

/** Opens a rung, warms it up, and measures some steps. Rungs take turns: one is open at a time. */
final class LadderRun {
  /** Text of all domains together. */
  private static final long TEXT_BYTES = 8_000_000;

  private static final int WARMUP_STEPS = 4;
  private static final int STEPS = 10;

  /** Steps after which 64 domains have had two turns of two, and 60 new domains have come. */
  private static final int STEPS_OF_MANY_EXPERTS = 60;

  /** Of the comparisons of numbers of experts. */
  private static final long DEVICE_BYTES = 1L << 30;

  private JdkDomains text;

  private Work work(Measurement measurement) throws IOException {
    DecoderShape shape = Work.shape(Plan.domains(measurement));
    int domains = shape.domains();
    if (text == null || text.domains().size() != domains) {
      text = JdkDomains.of(domains, shape.vocabulary(), TEXT_BYTES / domains);
    }
    int delay = measurement.name().equals("E4") ? 1 : 0;
    return new Work(shape, text.training(), measurement.domainsPerBatch(), delay);
  }

  Figures measure(Measurement measurement) throws IOException {
    Work work = work(measurement);
    try (Rung rung = open(measurement, work)) {
      rung.run(WARMUP_STEPS);
      return rung.run(isOfExperts(work) ? STEPS_OF_MANY_EXPERTS : STEPS);
    }
  }

  private static boolean isOfExperts(Work work) {
    return work.shape().domains() != Plan.ALL;
  }

  private static Rung open(Measurement measurement, Work work) {
    TransportSettings transport = TransportSettings.defaults();
    OptionalDouble bandwidth =
        measurement.isSlowed()
            ? OptionalDouble.of(measurement.bandwidth())
            : OptionalDouble.empty();
    if (measurement.equals(Plan.COMPUTE)) {
      transport = transport.through(TransportSettings.Local.HANDOVER);
    }
    int lookahead = measurement.name().matches("E[12]") ? 0 : 1;
    return new ActorRung(
        work, lookahead, transport, bandwidth, isOfExperts(work) ? DEVICE_BYTES : Long.MAX_VALUE);
  }
}

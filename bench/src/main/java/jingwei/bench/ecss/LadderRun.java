package jingwei.bench.ecss;

import java.io.IOException;
import java.util.OptionalDouble;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.decoder.DecoderShape;

/** Opens a rung, warms it up, and measures some steps. Rungs take turns: one is open at a time. */
final class LadderRun {
  private static final long BYTES_PER_DOMAIN = 200_000;
  private static final int WARMUP_STEPS = 4;
  private static final int STEPS = 10;

  private JdkDomains text;

  private Work work(Measurement measurement) throws IOException {
    DecoderShape shape = Work.shape(Plan.ALL);
    if (text == null) {
      text = JdkDomains.of(Plan.ALL, shape.vocabulary(), BYTES_PER_DOMAIN);
    }
    int delay = measurement.name().equals("E4") ? 1 : 0;
    return new Work(shape, text.training(), measurement.domainsPerBatch(), delay);
  }

  Figures measure(Measurement measurement) throws IOException {
    try (Rung rung = open(measurement, work(measurement))) {
      rung.run(WARMUP_STEPS);
      return rung.run(STEPS);
    }
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
    return new ActorRung(work, lookahead, transport, bandwidth, Long.MAX_VALUE);
  }
}

package jingwei.bench.ecss;

import java.util.List;
import java.util.function.ToDoubleFunction;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.mixture.ExpertRules;
import jingwei.bench.mixture.ExpertStates;
import jingwei.bench.mixture.Mixture;
import jingwei.bench.mixture.MixtureTrainer;
import jingwei.bench.mixture.PhaseTimes;
import jingwei.bench.mixture.Routing;
import jingwei.model.data.BatchStream;

/** A rung below ECSS: a mixture whose experts are all updated in every step. */
final class MixtureRung implements Rung {
  private final Work work;
  private final BatchStream batches;
  private final MixtureTrainer trainer;
  private final ExpertStates states;

  /**
   * @param states of the experts, which stay open
   */
  MixtureRung(
      Work work,
      Mixture mixture,
      Routing routing,
      ExpertRules rules,
      ExpertStates states,
      TransportSettings transport) {
    this.work = work;
    this.states = states;
    this.batches = new BatchStream(work.batches(), work.text(), Work.SEED, work.routes());
    states.initialise(Work.SEED);
    this.trainer =
        new MixtureTrainer(
            mixture, routing, rules, states, Runtime.getRuntime().availableProcessors(), transport);
  }

  @Override
  public Figures run(int steps) {
    List<PhaseTimes> times = trainer.run(batches::next, steps);
    return new Figures(
        work.tokensPerStep() / mean(times, PhaseTimes::seconds),
        mean(times, PhaseTimes::activated) / states.count(),
        new Figures.Bytes(
            trainer.deviceBytes(),
            trainer.hostBytes(),
            mean(times, PhaseTimes::bytesUp),
            mean(times, PhaseTimes::bytesDown),
            mean(times, PhaseTimes::upSeconds),
            mean(times, PhaseTimes::downSeconds)),
        new Figures.Times(
            mean(times, PhaseTimes::computeSeconds),
            1000 * mean(times, PhaseTimes::optimizerSeconds),
            1000 * mean(times, PhaseTimes::stallSeconds)),
        0,
        states.count());
  }

  private static double mean(List<PhaseTimes> times, ToDoubleFunction<PhaseTimes> figure) {
    return times.stream().mapToDouble(figure).average().orElseThrow();
  }

  @Override
  public void close() {
    trainer.close();
  }
}

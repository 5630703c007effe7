package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.kernel.Precision;
import jingwei.model.layer.ParameterSet;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.OwnerState;

/** A trainer of the tiny model of all tests, with the states of its experts. */
final class TinyMixture implements AutoCloseable {
  static final AdamSettings UNCLIPPED = TestSettings.adam(Clip.GLOBAL, 0);
  static final Routing TABLES = new Routing.Tables(TinyRun.routes());
  static final Routing GATE = new Routing.Gate(0.05);

  final Decoder decoder = new Decoder(TinyRun.SHAPE);
  final ExpertStates states = new ExpertStates(decoder, ElementType.FLOAT32, "store");
  final MixtureTrainer trainer;

  TinyMixture(AdamSettings adam, Routing routing, ExpertRules rules, int lanes) {
    states.initialise(1);
    trainer =
        new MixtureTrainer(
            mixture(adam), routing, rules, states, lanes, TransportSettings.defaults());
  }

  static Mixture mixture(AdamSettings adam) {
    int[] bytes = new int[TinyRun.SHAPE.vocabulary()];
    Arrays.fill(bytes, 1);
    return Mixture.of(
        TinyRun.SHAPE,
        Precision.FP32,
        64,
        1,
        new Mixture.Optimizer(adam, TestSettings.rate()),
        new LossMeter(bytes, 2));
  }

  /**
   * Batches of four micro-batches.
   *
   * @param domainsPerBatch of the two; 0 for both
   */
  static BatchStream batches(int domainsPerBatch) {
    return TinyRun.batches(
        new BatchSettings(8, 2, 1, 16, domainsPerBatch, BatchSettings.equalWeights(2)),
        List.of(TinyRun.documents(0, 5, 40), TinyRun.documents(1, 5, 40)));
  }

  /** The state of any owner of the decoder. */
  OwnerState state(int owner) {
    OwnerState dense = trainer.dense(owner);
    return dense == null ? states.state(new ExpertNumbers(decoder).number(owner)) : dense;
  }

  /** Checksums of all weights and moments of every owner, as those of the reference trainer. */
  List<Integer> fingerprints() {
    List<Integer> sums = new ArrayList<>();
    for (int owner = 0; owner < decoder.owners().size(); owner++) {
      OwnerState state = state(owner);
      for (ParameterSet each :
          List.of(state.weights(), state.firstMoment(), state.secondMoment())) {
        sums.add(TinyRun.checksum(each.flat()));
      }
    }
    return sums;
  }

  @Override
  public void close() {
    trainer.close();
    states.close();
  }
}

package jingwei.model.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.MicroBatch;
import jingwei.model.inference.Evaluator;
import jingwei.model.kernel.Backend;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.WalledBackend;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The model touches no byte but through kernels and copies, and waits for what it reads. */
class WalledTrainingTest {
  private static final int STEPS = 5;
  private static final int REPLICAS = 2;

  private record Outcome(List<StepResult> results, List<Integer> weightsAndMoments) {}

  @ParameterizedTest
  @EnumSource(Clip.class)
  void trainsToTheBitsOfTheCpu(Clip clip) {
    StepRules rules = TestSettings.rules(TestSettings.adam(clip, 0.5), REPLICAS, 0, 0);
    assertEquals(train(rules, new CpuBackend()), train(rules, new WalledBackend()));
  }

  @Test
  void trainsWithStaleWeightsToTheBitsOfTheCpu() {
    StepRules rules = TestSettings.rules(TestSettings.adam(), REPLICAS, 1, 0);
    assertEquals(train(rules, new CpuBackend()), train(rules, new WalledBackend()));
  }

  @Test
  void givesTheLogitsAndLossesOfTheCpu() {
    MicroBatch microBatch = batches(1).next().microBatches().getFirst();
    double[] expected = logits(new CpuBackend(), microBatch);
    assertArrayEquals(expected, logits(new WalledBackend(), microBatch));
    assertNotEquals(0, expected[0]);
    assertEquals(losses(new CpuBackend(), microBatch), losses(new WalledBackend(), microBatch));
  }

  private static double[] logits(Backend backend, MicroBatch microBatch) {
    StepRules rules = StepRules.of(TinyRun.ADAM);
    try (TinyRun run = new TinyRun(rules, null, backend)) {
      Kernels kernels = backend.kernels(rules.precision(), run.memory, 0);
      return new Evaluator(run.model, kernels, new LossMeter(new int[32], 2), 128, run.memory)
          .lastLogits(microBatch);
    }
  }

  private static List<DomainLoss> losses(Backend backend, MicroBatch microBatch) {
    try (TinyRun run = new TinyRun(StepRules.of(TinyRun.ADAM), null, backend)) {
      return run.trainer.evaluate(List.of(microBatch));
    }
  }

  private static Outcome train(StepRules rules, Backend backend) {
    try (TinyRun run = new TinyRun(rules, null, backend)) {
      BatchStream batches = batches(rules.replicas());
      List<StepResult> results = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        results.add(run.trainer.step(batches.next()));
      }
      assertTrue(results.getFirst().loss() > results.getLast().loss());
      return new Outcome(results, TinyRun.fingerprints(run.model));
    }
  }

  private static BatchStream batches(int replicas) {
    List<List<EncodedDocument>> documents =
        List.of(TinyRun.documents(0, 12, 25), TinyRun.documents(1, 9, 40));
    return TinyRun.batches(4, 1, replicas, documents);
  }
}

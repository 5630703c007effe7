package jingwei.model.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.inference.Evaluator;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.Matrix;
import jingwei.model.optim.AdamSettings;
import jingwei.model.state.OwnerState;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTrainerTest {
  @Test
  void learnsBothDomains() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(4, 4, twoDomains());
      StepResult first = run.trainer.step(batches.next());
      StepResult last = first;
      for (int i = 0; i < 60; i++) {
        last = run.trainer.step(batches.next());
      }
      assertEquals(Math.log(32), first.loss(), 0.2);
      for (DomainLoss domain : last.domains()) {
        assertTrue(domain.loss() < 1.0, "loss " + domain.loss());
      }
    }
  }

  @Test
  void givesTheSameBitsTwice() {
    assertEquals(train(30, 4, twoDomains()), train(30, 4, twoDomains()));
  }

  @Test
  void givesTheSameWeightsUpToRoundingForEveryMicroBatchSize() {
    try (TinyRun one = new TinyRun();
        TinyRun four = new TinyRun()) {
      one.trainer.step(TinyRun.batches(4, 1, twoDomains()).next());
      four.trainer.step(TinyRun.batches(4, 4, twoDomains()).next());
      for (OwnerState state : one.model.states()) {
        Matrix a = state.firstMoment().flat();
        Matrix b = four.model.state(state.owner().name()).firstMoment().flat();
        double scale = Math.max(1e-6, a.nd4j().norm2Number().doubleValue());
        double difference = a.nd4j().sub(b.nd4j()).norm2Number().doubleValue();
        assertTrue(difference < 1e-5 * scale, state.owner().name() + " " + difference / scale);
      }
    }
  }

  @Test
  void trainsABatchWhoseTokensAllGoToOneExpert() {
    int[] same = new int[40];
    Arrays.fill(same, 7);
    try (TinyRun run = new TinyRun()) {
      List<List<EncodedDocument>> documents =
          List.of(List.of(new EncodedDocument("same", 0, same)), List.of());
      BatchStream batches = TinyRun.batches(4, 2, documents);
      StepResult result = null;
      for (int i = 0; i < 40; i++) {
        result = run.trainer.step(batches.next());
        assertEquals(2, result.activeExperts(), "one in each routed block");
      }
      assertTrue(result.loss() < 0.1, "loss " + result.loss());
    }
  }

  @Test
  void leavesExpertsOfADomainWithoutADocumentUntouchedByteForByte() {
    try (TinyRun run = new TinyRun()) {
      List<Integer> before = TinyRun.fingerprints(run.model);
      BatchStream batches = TinyRun.batches(4, 4, List.of(TinyRun.documents(0, 8, 20), List.of()));
      for (int i = 0; i < 5; i++) {
        StepResult result = run.trainer.step(batches.next());
        assertEquals(0, result.domains().get(1).tokens());
      }
      List<Integer> after = TinyRun.fingerprints(run.model);
      int at = 0;
      for (OwnerState state : run.model.states()) {
        boolean otherDomain =
            state.owner().isExpert() && state.owner().name().matches(".*experts\\.[23]");
        for (int i = 0; i < 3; i++, at++) {
          if (otherDomain) {
            assertEquals(before.get(at), after.get(at), state.owner().name());
          } else {
            assertNotEquals(before.get(at), after.get(at), state.owner().name());
          }
        }
      }
    }
  }

  @Test
  void trainsThreeDocumentsWithABatchOfEightRows() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches =
          TinyRun.batches(8, 8, List.of(TinyRun.documents(0, 2, 9), TinyRun.documents(1, 1, 5)));
      StepResult first = run.trainer.step(batches.next());
      assertEquals(128, first.tokens());
      StepResult last = first;
      for (int i = 0; i < 30; i++) {
        last = run.trainer.step(batches.next());
      }
      assertTrue(last.loss() < first.loss() / 2, "loss " + last.loss());
    }
  }

  @Test
  void trainsDocumentsOfOneTokenAndOfNoneBesideOthers() {
    try (TinyRun run = new TinyRun()) {
      List<EncodedDocument> short0 =
          List.of(
              new EncodedDocument("one", 0, new int[] {2, 9, 1}),
              new EncodedDocument("none", 0, new int[] {2, 1}));
      BatchStream batches = TinyRun.batches(2, 2, List.of(short0, TinyRun.documents(1, 3, 30)));
      double loss = 0;
      for (int i = 0; i < 40; i++) {
        StepResult result = run.trainer.step(batches.next());
        assertTrue(result.isApplied());
        loss = result.domains().get(0).loss();
      }
      assertTrue(loss < 1.0, "loss " + loss);
    }
  }

  @Test
  void seesNoTokenOfAnotherDocument() {
    try (TinyRun run = new TinyRun()) {
      int[] tokens = {3, 4, 5, 6, 7, 8};
      double[] together =
          losses(run, new int[] {20, 21, 22, 3, 4, 5, 6, 7, 8}, new int[] {0, 3, 9});
      double[] alone = losses(run, tokens, new int[] {0, 6});
      for (int i = 0; i < tokens.length; i++) {
        assertEquals(alone[i], together[i + 3], 1e-6);
      }
    }
  }

  @Test
  void changesNothingInAStepThatIsNotFinite() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(4, 2, twoDomains());
      run.trainer.step(batches.next());
      Matrix bias = run.model.state("blocks.1").weights().get(1);
      double kept = bias.get(0, 3);
      for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        bias.set(0, 3, bad);
        List<Integer> before = TinyRun.fingerprints(run.model);
        StepResult refused = run.trainer.step(batches.next());
        assertFalse(refused.isApplied());
        assertEquals(before, TinyRun.fingerprints(run.model));
      }
      bias.set(0, 3, kept);
      StepResult next = run.trainer.step(batches.next());
      assertTrue(next.isApplied());
      assertTrue(Double.isFinite(next.loss()));
    }
  }

  @Test
  void allocatesNoMemoryAfterTheFirstSteps() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(8, 4, twoDomains());
      for (int i = 0; i < 3; i++) {
        run.trainer.step(batches.next());
      }
      long used = run.memory.usedBytes();
      for (int i = 0; i < 30; i++) {
        run.trainer.step(batches.next());
      }
      assertEquals(used, run.memory.usedBytes());
    }
  }

  @Test
  void evaluatesWithoutChangingAnything() {
    try (TinyRun run = new TinyRun()) {
      List<Integer> before = TinyRun.fingerprints(run.model);
      List<EncodedDocument> documents = TinyRun.documents(1, 5, 40);
      List<MicroBatch> batches =
          HeldOutBatches.of(DocumentSource.of(documents), 16, 8, Long.MAX_VALUE);
      DomainLoss loss = run.trainer.evaluate(batches).get(1);
      assertEquals(5 * 39, loss.tokens());
      assertEquals(loss.lossSum() / Math.log(2) / loss.bytes(), loss.bitsPerByte(), 1e-12);
      assertEquals(loss, run.trainer.evaluate(batches).get(1));
      assertEquals(before, TinyRun.fingerprints(run.model));
    }
  }

  @Test
  void catchesUpTheMomentsOfSkippedStepsIfConfigured() {
    AdamSettings lazy = TinyRun.ADAM;
    AdamSettings catchUp =
        TestSettings.adam(AdamSettings.Inactive.CATCH_UP, AdamSettings.Clock.STEP);
    List<Double> norms = new ArrayList<>();
    for (AdamSettings adam : List.of(lazy, catchUp)) {
      try (TinyRun run = new TinyRun(adam)) {
        BatchStream first = TinyRun.batches(2, 2, List.of(TinyRun.documents(0, 4, 20), List.of()));
        BatchStream second = TinyRun.batches(2, 2, List.of(List.of(), TinyRun.documents(1, 4, 20)));
        run.trainer.step(at(1, first));
        for (int step = 2; step < 20; step++) {
          run.trainer.step(at(step, second));
        }
        Matrix moment = run.model.state("blocks.1.experts.0").secondMoment().flat();
        double before = moment.nd4j().sumNumber().doubleValue();
        run.trainer.step(at(20, first));
        norms.add(moment.nd4j().sumNumber().doubleValue() / before);
      }
    }
    assertTrue(norms.get(0) > norms.get(1), "lazy " + norms.get(0) + " catch-up " + norms.get(1));
  }

  /** A refused step uses up its batch and its learning rate, and has no other effect. */
  @ParameterizedTest
  @CsvSource({"LAZY, STEP", "LAZY, UPDATES", "CATCH_UP, STEP", "CATCH_UP, UPDATES"})
  void leavesNoTraceOfARefusedStep(AdamSettings.Inactive inactive, AdamSettings.Clock clock) {
    AdamSettings adam = TestSettings.adam(inactive, clock);
    List<Integer> undisturbed;
    try (TinyRun run = new TinyRun(adam)) {
      BatchStream batches = oneDomainAtATime();
      for (int step = 1; step <= 8; step++) {
        run.trainer.step(batches.next());
      }
      undisturbed = TinyRun.fingerprints(run.model);
    }
    try (TinyRun run = new TinyRun(adam)) {
      BatchStream batches = oneDomainAtATime();
      Matrix bias = run.model.state("blocks.1").weights().get(1);
      long step = 0;
      for (int good = 1; good <= 8; good++) {
        Batch batch = batches.next();
        if (good == 3 || good == 4 || good == 8) {
          double kept = bias.get(0, 3);
          bias.set(0, 3, Double.NaN);
          assertFalse(run.trainer.step(numbered(++step, batch)).isApplied());
          bias.set(0, 3, kept);
        }
        assertTrue(run.trainer.step(numbered(++step, batch)).isApplied());
      }
      assertEquals(undisturbed, TinyRun.fingerprints(run.model));
    }
  }

  private static BatchStream oneDomainAtATime() {
    BatchSettings settings = new BatchSettings(4, 2, 1, 16, 1, BatchSettings.equalWeights(2));
    return TinyRun.batches(settings, twoDomains());
  }

  private static Batch numbered(long step, Batch batch) {
    return new Batch(step, batch.microBatches(), 1, batch.routes(), batch.origin());
  }

  private static Batch at(long step, BatchStream stream) {
    return numbered(step, stream.next());
  }

  private static double[] losses(TinyRun run, int[] tokens, int[] segments) {
    int n = tokens.length;
    int[] positions = new int[n];
    int[] targets = new int[n];
    int segment = 0;
    for (int i = 0; i < n; i++) {
      if (i == segments[segment + 1]) {
        segment++;
      }
      positions[i] = i - segments[segment];
      targets[i] = 5;
    }
    Evaluator evaluator =
        new Evaluator(
            run.model,
            new VectorKernels(run.memory),
            new LossMeter(new int[run.model.decoder().shape().vocabulary()], 1),
            128,
            run.memory);
    return evaluator
        .losses(new MicroBatch(tokens, targets, positions, new int[n], segments))
        .clone();
  }

  private static List<List<EncodedDocument>> twoDomains() {
    return List.of(TinyRun.documents(0, 12, 25), TinyRun.documents(1, 9, 40));
  }

  private static List<Integer> train(
      int steps, int rowsPerMicroBatch, List<List<EncodedDocument>> documents) {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(4, rowsPerMicroBatch, documents);
      for (int i = 0; i < steps; i++) {
        run.trainer.step(batches.next());
      }
      return TinyRun.fingerprints(run.model);
    }
  }
}

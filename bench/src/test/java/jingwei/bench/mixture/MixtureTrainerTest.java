package jingwei.bench.mixture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.bench.mixture.ExpertRules.Updated;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.AdamSettings;
import jingwei.model.reference.TinyRun;
import org.junit.jupiter.api.Test;

class MixtureTrainerTest {
  private static final ExpertRules LAZY = ExpertRules.of(Movement.NONE, Updated.ACTIVATED);
  private static final ExpertRules ALL = ExpertRules.of(Movement.NONE, Updated.ALL);

  @Test
  void withTablesAndLazyUpdatesItHasTheBitsOfTheReferenceTrainer() {
    try (TinyRun reference = new TinyRun();
        TinyMixture mixture = new TinyMixture(TestSettings.adam(), TinyMixture.TABLES, LAZY, 1)) {
      BatchStream expected = TinyMixture.batches(1);
      BatchStream own = TinyMixture.batches(1);
      for (int step = 0; step < 5; step++) {
        double loss = reference.trainer.step(expected.next()).loss();
        assertEquals(loss, mixture.trainer.step(own.next()).loss());
      }
      assertEquals(TinyRun.fingerprints(reference.model), mixture.fingerprints());
    }
  }

  @Test
  void twoWorkersAddUpInAnotherOrder() {
    try (TinyMixture one = new TinyMixture(TestSettings.adam(), TinyMixture.GATE, ALL, 1);
        TinyMixture two = new TinyMixture(TestSettings.adam(), TinyMixture.GATE, ALL, 2)) {
      List<PhaseTimes> expected = one.trainer.run(TinyMixture.batches(0)::next, 5);
      List<PhaseTimes> own = two.trainer.run(TinyMixture.batches(0)::next, 5);
      for (int step = 0; step < 5; step++) {
        assertEquals(expected.get(step).loss(), own.get(step).loss(), 1e-4);
      }
    }
  }

  @Test
  void expertsThatWereNotActivatedMoveByMomentumAndDecay() {
    try (TinyMixture mixture = new TinyMixture(TinyMixture.UNCLIPPED, TinyMixture.TABLES, ALL, 2)) {
      BatchStream batches = TinyMixture.batches(1);
      Batch first = batches.next();
      Batch second = batches.next();
      int domain = first.microBatches().getFirst().domains()[0];
      assertEquals(1 - domain, second.microBatches().getFirst().domains()[0]);
      mixture.trainer.step(first);
      int expert = new ExpertNumbers(mixture.decoder).of(1, 2 * domain);
      NaiveAdam moved = NaiveAdam.of(mixture.states.state(expert));
      NaiveAdam onlyDecayed =
          NaiveAdam.of(
              mixture.states.state(new ExpertNumbers(mixture.decoder).of(0, 2 - 2 * domain)));
      mixture.trainer.step(second);
      moved.expectAfterStepWithoutGradient(2, mixture.states.state(expert));
      assertTrue(moved.hasMomentum());
      assertFalse(onlyDecayed.hasMomentum());
    }
  }

  @Test
  void movementAndOverlapDoNotChangeABit() {
    for (Updated updated : Updated.values()) {
      try (TinyMixture resident = tables(Movement.NONE, updated, 2);
          TinyMixture active = tables(Movement.ACTIVATED, updated, 2);
          TinyMixture overlapped = overlapped(Movement.ACTIVATED, updated)) {
        List<Integer> expected = resident.fingerprints();
        assertEquals(expected, active.fingerprints());
        assertEquals(expected, overlapped.fingerprints());
      }
    }
    try (TinyMixture resident = tables(Movement.NONE, Updated.ALL, 2);
        TinyMixture all = tables(Movement.ALL, Updated.ALL, 2);
        TinyMixture overlapped = overlapped(Movement.ALL, Updated.ALL)) {
      assertEquals(resident.fingerprints(), all.fingerprints());
      assertEquals(resident.fingerprints(), overlapped.fingerprints());
    }
  }

  @Test
  void overlapWithClippingWaitsForTheNorm() {
    try (TinyMixture phased = gate(TestSettings.adam(), ExpertRules.of(Movement.ALL, Updated.ALL));
        TinyMixture overlapped =
            gate(TestSettings.adam(), ExpertRules.of(Movement.ALL, Updated.ALL).overlapped())) {
      assertEquals(phased.fingerprints(), overlapped.fingerprints());
    }
  }

  @Test
  void countsWhatMoves() {
    try (TinyMixture all =
            new TinyMixture(
                TinyMixture.UNCLIPPED,
                TinyMixture.GATE,
                ExpertRules.of(Movement.ALL, Updated.ALL),
                1);
        TinyMixture active =
            new TinyMixture(
                TinyMixture.UNCLIPPED,
                TinyMixture.TABLES,
                ExpertRules.of(Movement.ACTIVATED, Updated.ALL),
                1)) {
      long expert = 4 * all.states.weights(0).flat().size();
      PhaseTimes ofAll = all.trainer.step(TinyMixture.batches(1).next());
      assertEquals(8 * expert, ofAll.bytesUp());
      assertEquals(8 * expert, ofAll.bytesDown());
      PhaseTimes ofActive = active.trainer.step(TinyMixture.batches(1).next());
      assertEquals(4 * expert, ofActive.bytesUp());
      assertEquals(4 * expert, ofActive.bytesDown());
      assertTrue(active.trainer.deviceBytes() < all.trainer.deviceBytes());
    }
  }

  @Test
  void evaluatesWithTheRoutesOfTraining() {
    for (Routing routing : List.of(TinyMixture.GATE, TinyMixture.TABLES)) {
      try (TinyMixture mixture = new TinyMixture(TestSettings.adam(), routing, ALL, 2)) {
        BatchStream batches = TinyMixture.batches(0);
        mixture.trainer.run(batches::next, 3);
        Batch next = batches.next();
        List<DomainLoss> losses = mixture.trainer.evaluate(next.microBatches());
        assertEquals(
            mixture.trainer.step(next).loss(), LossMeter.mean(losses, next.numTargets()), 1e-6);
      }
    }
  }

  @Test
  void learns() {
    try (TinyMixture mixture = new TinyMixture(TestSettings.adam(), TinyMixture.GATE, ALL, 2)) {
      List<PhaseTimes> times = mixture.trainer.run(TinyMixture.batches(0)::next, 60);
      assertTrue(times.getLast().loss() < 0.5 * times.getFirst().loss(), times.toString());
    }
  }

  @Test
  void aGateChoosesTooLateToMoveOnlyActivatedExperts() {
    ExpertRules rules = ExpertRules.of(Movement.ACTIVATED, Updated.ALL);
    assertThrows(
        IllegalArgumentException.class,
        () -> new TinyMixture(TinyMixture.UNCLIPPED, TinyMixture.GATE, rules, 1));
  }

  private static TinyMixture tables(Movement movement, Updated updated, int lanes) {
    return after(
        new TinyMixture(
            TinyMixture.UNCLIPPED, TinyMixture.TABLES, ExpertRules.of(movement, updated), lanes));
  }

  private static TinyMixture overlapped(Movement movement, Updated updated) {
    return after(
        new TinyMixture(
            TinyMixture.UNCLIPPED,
            TinyMixture.TABLES,
            ExpertRules.of(movement, updated).overlapped(),
            2));
  }

  private static TinyMixture gate(AdamSettings adam, ExpertRules rules) {
    return after(new TinyMixture(adam, TinyMixture.GATE, rules, 2));
  }

  private static TinyMixture after(TinyMixture mixture) {
    mixture.trainer.run(TinyMixture.batches(1)::next, 4);
    return mixture;
  }
}

package jingwei.model.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.memory.OutOfBudgetException;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads and fills the state of a model owner by owner. */
class StateSourceTest {
  private static final Decoder DECODER = new Decoder(TinyRun.SHAPE);
  private static final StepRules STALE = TestSettings.rules(TinyRun.ADAM, 1, 2, 0);

  private final NativeMemory memory = NativeMemory.unbounded("test");

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void initialStatesHaveTheBitsOfANewModel() {
    try (TinyRun run = new TinyRun();
        NativeMemory staging = staging(0)) {
      ModelState filled = model();
      filled.fill(new InitialStates(DECODER, TinyRun.routes(), ElementType.FLOAT32, 1, staging));
      assertEquals(TinyRun.fingerprints(run.model), TinyRun.fingerprints(filled));
      assertEquals(staging.budgetBytes(), staging.usedBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aFilledModelGoesOnWithTheSameBits(int delay) {
    StepRules rules = TestSettings.rules(TinyRun.ADAM, 1, delay, 0);
    try (TinyRun first = new TinyRun(rules, null)) {
      BatchStream batches = batches();
      take(first, batches, 4);
      StagedStates states = new StagedStates(first.model, memory);
      try (TinyRun second = new TinyRun(rules, memory -> filled(states, memory))) {
        second.trainer.goOnFrom(first.trainer.before());
        assertEquals(clocks(first.model), clocks(second.model));
        BatchStream same = batches();
        same.seek(batches.position());
        for (int i = 0; i < 4; i++) {
          assertEquals(first.trainer.step(batches.next()), second.trainer.step(same.next()));
        }
        assertEquals(TinyRun.fingerprints(first.model), TinyRun.fingerprints(second.model));
      }
    }
  }

  /** Weights of a longer owner were in the same memory before. */
  @Test
  void aStagedOwnerHasItsOwnWeightsAndGapsOfZeros() {
    try (TinyRun run = new TinyRun(STALE, null)) {
      take(run, batches(), 4);
      StagedStates states = new StagedStates(run.model, memory);
      List<Integer> expected = TinyRun.fingerprints(run.model);
      assertEquals(expected, TinyRun.fingerprints(states));
      assertEquals(expected, TinyRun.fingerprints(states));
      int last = DECODER.owners().size() - 1;
      for (int owner = last; owner >= 0; owner--) {
        assertEquals(older(run.model, owner), older(states, owner));
      }
      assertTrue(run.model.histories().stream().anyMatch(history -> !history.older().isEmpty()));
    }
  }

  @Test
  void holdsTheLongestOwnerOnceAndNoMore() {
    try (TinyRun run = new TinyRun(STALE, null);
        NativeMemory enough = staging(2);
        NativeMemory tooLittle = staging(1)) {
      take(run, batches(), 4);
      assertEquals(
          2, run.model.histories().stream().mapToInt(h -> h.older().size()).max().orElseThrow());
      TinyRun.fingerprints(new StagedStates(run.model, enough));
      assertEquals(enough.budgetBytes(), enough.usedBytes());
      assertThrows(
          OutOfBudgetException.class,
          () -> TinyRun.fingerprints(new StagedStates(run.model, tooLittle)));
    }
  }

  @Test
  void refusesStatesOfAnotherShape() {
    DecoderShape other =
        new DecoderShape(
            32,
            16,
            new DecoderShape.Sizes(16, 2, 32),
            new DecoderShape.Stack(1, 2, false),
            new DecoderShape.Experts(2, 2));
    ModelState model = model();
    InitialStates states =
        new InitialStates(new Decoder(other), TinyRun.routes(), ElementType.FLOAT32, 1, memory);
    assertThrows(IllegalArgumentException.class, () -> model.fill(states));
  }

  /** Without it a filled model would read versions of the model that it was before. */
  @Test
  void fillingDropsTheOlderVersionsOfBefore() {
    try (TinyRun stale = new TinyRun(STALE, null);
        TinyRun fresh = new TinyRun()) {
      take(stale, batches(), 4);
      assertNotEquals(clocks(fresh.model), clocks(stale.model));
      stale.model.fill(fresh.model);
      assertEquals(clocks(fresh.model), clocks(stale.model));
      assertEquals(TinyRun.fingerprints(fresh.model), TinyRun.fingerprints(stale.model));
    }
  }

  private static NativeMemory staging(int older) {
    return new NativeMemory("staging", OwnerStaging.bytes(DECODER, ElementType.FLOAT32, older));
  }

  private ModelState model() {
    return new ModelState(DECODER, TinyRun.routes(), ElementType.FLOAT32, memory);
  }

  private static ModelState filled(StateSource states, NativeMemory memory) {
    ModelState model = new ModelState(states.decoder(), states.routes(), states.type(), memory);
    model.fill(states);
    return model;
  }

  private static BatchStream batches() {
    return TinyRun.batches(4, 2, List.of(TinyRun.documents(0, 7, 25), TinyRun.documents(1, 5, 40)));
  }

  private static void take(TinyRun run, BatchStream batches, int steps) {
    for (int i = 0; i < steps; i++) {
      run.trainer.step(batches.next());
    }
  }

  private static List<OwnerClock> clocks(ModelState model) {
    return model.histories().stream().map(WeightHistory::clock).toList();
  }

  private static List<Integer> older(StateSource states, int owner) {
    return states.of(owner).older().stream()
        .map(version -> TinyRun.checksum(version.weights().flat()))
        .toList();
  }
}

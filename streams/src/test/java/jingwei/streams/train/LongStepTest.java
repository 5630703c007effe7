package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.ReferenceStepper;
import jingwei.actors.train.TrainerFault;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.Batch;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps and evaluations that take far longer than any deadline, and those that hang. */
@Timeout(60)
class LongStepTest {
  private static final TinySession SESSION =
      new TinySession(
          TinySession.shape(2, 2),
          TinySession.batches(1, 0),
          TinySession.rules(Clip.GLOBAL, 1, 0, 0));
  private static final Duration DEADLINE = Duration.ofMillis(400);
  private static final Duration SHORT_HANG = Duration.ofMillis(250);
  private static final Duration LONG_HANG = Duration.ofSeconds(5);

  private final NativeMemory host = NativeMemory.unbounded("host");
  private final NativeMemory device = NativeMemory.unbounded("device");
  private final List<StepResult> results = new ArrayList<>();

  @AfterEach
  void close() {
    device.close();
    host.close();
  }

  @ParameterizedTest
  @EnumSource(Local.class)
  void aStepMayTakeManyDeadlinesWhileTheNodeMakesProgress(Local local) {
    try (ActorTrainer trainer = trainer(local, slowEverywhere(2))) {
      long start = System.nanoTime();
      trainer.run(3, (batch, result, reads, activity) -> results.add(result), () -> false);
      assertTrue(System.nanoTime() - start > 4 * DEADLINE.toNanos(), "it was not slow");
    }
    assertEquals(SESSION.throughReference(3).results(), results);
  }

  @Test
  void anEvaluationMayTakeManyDeadlinesWhileTheNodeMakesProgress() {
    long first = -(1L << 30) + 1;
    List<Fault> slow = new ArrayList<>();
    for (String actor : List.of("embedding", "blocks.0", "blocks.1", "blocks.2", "output")) {
      slow.add(new Fault(actor, first));
      slow.add(new Fault(actor, first + 1));
    }
    Batch batch = SESSION.stream().next();
    try (ActorTrainer trainer =
        trainer(Local.HANDOVER, FaultPlan.hanging(slow, Duration.ofMillis(390)))) {
      long start = System.nanoTime();
      assertFalse(trainer.evaluate(batch.microBatches(), () -> false).isEmpty());
      assertTrue(System.nanoTime() - start > 2 * DEADLINE.toNanos(), "it was not slow");
    }
  }

  @Test
  void aHangIsFoundAndItsMessageNamesTheMissingOwner() {
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", 2)), LONG_HANG);
    ActorTrainer trainer = trainer(Local.AERON, hang);
    long start = System.nanoTime();
    TrainerFault fault =
        assertThrows(
            TrainerFault.class,
            () ->
                trainer.run(
                    3, (batch, result, reads, activity) -> results.add(result), () -> false));
    assertTrue(System.nanoTime() - start < LONG_HANG.toNanos(), "found when it had ended");
    awaitEnd(trainer);
    assertTrue(fault.getMessage().contains("the coordinator waited"), fault.getMessage());
    assertTrue(fault.getMessage().contains("among them output"), fault.getMessage());
    assertTrue(fault.leftWeightsAsCommitted());
  }

  /** A signal comes while a step hangs. No owner may apply it, so the weights stay as committed. */
  @ParameterizedTest
  @EnumSource(Local.class)
  void aLongStepIsGivenUpWhenTheRunMustStop(Local local) {
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", 3)), LONG_HANG);
    ActorTrainer trainer = trainer(local, hang, Duration.ofSeconds(30));
    long start = System.nanoTime();
    long rested =
        trainer.run(
            9, (batch, result, reads, activity) -> results.add(result), () -> results.size() == 2);
    long took = System.nanoTime() - start;
    List<Integer> fingerprints = TinyRun.fingerprints(trainer.states());
    assertThrows(
        IllegalStateException.class,
        () -> trainer.run(9, (batch, result, reads, activity) -> {}, () -> false));
    awaitEnd(trainer);
    assertTrue(took < LONG_HANG.toNanos(), "it waited for the step");
    assertEquals(2, rested);
    assertEquals(2, trainer.position().step());
    assertEquals(2, trainer.before().applied());
    TinySession.Outcome reference = SESSION.throughReference(2);
    assertEquals(reference.results(), results);
    assertEquals(reference.fingerprints(), fingerprints);
    assertEquals(reference.position(), trainer.position());
  }

  @Test
  void anEvaluationIsGivenUpWhenTheRunMustStop() {
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", -(1L << 30) + 1)), LONG_HANG);
    Batch batch = SESSION.stream().next();
    ActorTrainer trainer = trainer(Local.HANDOVER, hang, Duration.ofSeconds(30));
    var left = trainer.evaluate(batch.microBatches(), () -> true);
    awaitEnd(trainer);
    assertEquals(Optional.empty(), left);
  }

  /** An owner may apply a step before the other owners are ready, so the step must be finished. */
  @Test
  void aStepThatAnOwnerMayApplyIsFinishedBeforeTheRunStops() {
    TinySession early =
        new TinySession(SESSION.shape, SESSION.batches, TinySession.rules(Clip.PER_OWNER, 1, 0, 0));
    FaultPlan hang = FaultPlan.hanging(List.of(new Fault("output", 3)), LONG_HANG);
    try (ActorTrainer trainer =
        early.trainer(TinySession.settings(2, 1, Local.HANDOVER), device, host, hang)) {
      long rested =
          trainer.run(
              9,
              (batch, result, reads, activity) -> results.add(result),
              () -> results.size() == 2);
      assertTrue(rested >= 3, "rested at " + rested);
      TinySession.Outcome reference = early.throughReference((int) rested);
      assertEquals(reference.results(), results);
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
  }

  @Test
  void theReferenceTrainerGivesAStepUpBetweenTwoMicroBatches() {
    int[] asked = {0};
    TinySession.Outcome reference = SESSION.throughReference(2);
    try (ReferenceStepper stepper = SESSION.referenceStepper(device)) {
      // Polled before each step and each of its four micro-batches.
      long rested =
          stepper.run(
              9,
              (batch, result, reads, activity) -> results.add(result),
              () -> asked[0]++ >= 2 * 5 + 3);
      assertEquals(2, rested);
      assertEquals(reference.results(), results);
      assertEquals(reference.position(), stepper.position());
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(stepper.states()));
      stepper.run(4, (batch, result, reads, activity) -> results.add(result), () -> false);
      assertEquals(SESSION.throughReference(4).results(), results);
    }
  }

  private static FaultPlan slowEverywhere(long step) {
    List<Fault> slow = new ArrayList<>();
    for (String actor : List.of("embedding", "blocks.0", "blocks.1", "blocks.2", "output")) {
      slow.add(new Fault(actor, step));
      slow.add(new Fault(actor + " backward", step));
    }
    return FaultPlan.hanging(slow, SHORT_HANG);
  }

  private ActorTrainer trainer(Local local, FaultPlan faults) {
    return trainer(local, faults, DEADLINE);
  }

  private ActorTrainer trainer(Local local, FaultPlan faults, Duration deadline) {
    return SESSION.trainer(
        TinySession.settings(1, 1, local).withDeadline(deadline), device, host, faults);
  }

  /** Memory is released when no actor computes any more. */
  private void awaitEnd(ActorTrainer trainer) {
    CountDownLatch ended = new CountDownLatch(1);
    try {
      trainer.end(ended::countDown);
    } catch (TrainerFault stuck) {
      assertTrue(stuck.getMessage().contains("for its actors to end"), stuck.getMessage());
    }
    try {
      assertTrue(ended.await(30, TimeUnit.SECONDS), "the actors did not end");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

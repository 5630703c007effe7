package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.Trainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.memory.OutOfBudgetException;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Experts take memory when they are first used, and change when they are first trained. */
@Timeout(60)
class InitialExpertsTest {
  private static final int STEPS = 12;

  /** A step activates the experts of one domain of two. */
  private static final TinySession SESSION =
      new TinySession(
          TinySession.shape(2, 4),
          TinySession.batches(1, 1),
          TinySession.rules(Clip.GLOBAL, 1, 0, 0));

  private static final ActorSettings SETTINGS = TinySession.settings(2, 0, Local.AERON);
  private static final Decoder DECODER = new Decoder(SESSION.shape);
  private static final long EXPERT_BYTES =
      NativeMemory.rounded(DECODER.expertLayout().length() * ElementType.FLOAT32.bytes());

  @Test
  void takesHostMemoryForTheExpertsOfItsStepsAlone() {
    try (ActorTrainer trainer = trainer(Long.MAX_VALUE)) {
      Set<String> used = new TreeSet<>();
      Trainer.Listener counting =
          (batch, result, reads, activity) -> used.addAll(result.expertVersions().keySet());
      trainer.run(1, counting, () -> false);
      long staged = OwnerStaging.bytes(DECODER, ElementType.FLOAT32, 0);
      long host = trainer.activity().memory().hostBytes() - staged;
      assertTrue(used.size() >= 2 && used.size() <= 8, used.toString());
      assertTrue(host >= 3 * EXPERT_BYTES * used.size(), host + " bytes");
      assertTrue(host <= (3 + 1) * EXPERT_BYTES * used.size(), host + " bytes with gradients");
      assertEquals(16 - used.size(), initial(trainer.states()));
      trainer.run(STEPS, counting, () -> false);
      assertEquals(16 - used.size(), initial(trainer.states()));
      assertEquals(
          SESSION.throughReference(STEPS).fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
  }

  /** It takes memory for the weights that it reads, but they stay as they were drawn. */
  @Test
  void anEvaluationChangesNoExpert() {
    try (ActorTrainer trainer = trainer(Long.MAX_VALUE)) {
      trainer.run(1, (batch, result, reads, activity) -> {}, () -> false);
      int initial = initial(trainer.states());
      List<Integer> before = TinyRun.fingerprints(trainer.states());
      long bytes = trainer.activity().memory().hostBytes();
      BatchStream stream = SESSION.stream();
      for (int i = 0; i < 6; i++) {
        assertTrue(trainer.evaluate(stream.next().microBatches(), () -> false).isPresent());
      }
      assertTrue(trainer.activity().memory().hostBytes() > bytes);
      assertEquals(initial, initial(trainer.states()));
      assertEquals(before, TinyRun.fingerprints(trainer.states()));
      trainer.run(STEPS, (batch, result, reads, activity) -> {}, () -> false);
      assertEquals(
          SESSION.throughReference(STEPS).fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
  }

  @Test
  void endsWithASentenceWhenAnotherDomainNeedsMoreThanTheBudget() {
    try (ActorTrainer trainer = trainer(8 * (3 + 1) * EXPERT_BYTES)) {
      // Alone, since a run of more steps may fetch the next domain before this step has ended.
      trainer.run(1, (batch, result, reads, activity) -> {}, () -> false);
      String message =
          assertThrows(
                  OutOfBudgetException.class,
                  () -> trainer.run(STEPS, (batch, result, reads, activity) -> {}, () -> false))
              .getMessage();
      assertTrue(message.contains("memory=host"), message);
    }
  }

  private static ActorTrainer trainer(long hostBytes) {
    try (NativeMemory device = NativeMemory.unbounded("device");
        NativeMemory host = new NativeMemory("host", hostBytes)) {
      return SESSION.trainer(SETTINGS, device, host, FaultPlan.none());
    }
  }

  private static int initial(StateSource states) {
    return (int)
        IntStream.range(0, states.decoder().owners().size()).filter(states::isInitial).count();
  }
}

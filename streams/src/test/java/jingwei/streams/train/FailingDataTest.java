package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.TrainerFault;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A document that cannot be read ends the run and is named. */
@Timeout(60)
class FailingDataTest {
  private static final int STEPS = 30;

  /**
   * @param good documents that can be read before
   */
  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "5, 1", "40, 0", "40, 4"})
  void endsTheRunInAFaultThatSaysWhy(int good, int lookahead) {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 2),
            TinySession.batches(1, 0),
            TinySession.rules(Clip.GLOBAL, 1, 0, 0),
            List.of(
                new Failing(TinyRun.documents(0, 12, 25), good),
                DocumentSource.of(TinyRun.documents(1, 9, 40))));
    List<Long> steps = new ArrayList<>();
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = NativeMemory.unbounded("device");
        ActorTrainer trainer =
            session.trainer(
                TinySession.settings(1, lookahead, Local.HANDOVER),
                device,
                host,
                FaultPlan.none())) {
      TrainerFault fault =
          assertThrows(
              TrainerFault.class,
              () ->
                  trainer.run(
                      STEPS,
                      (batch, result, reads, activity) -> steps.add(result.step()),
                      () -> false));
      assertTrue(fault.getMessage().contains("document 7 is broken"), fault.getMessage());
      assertTrue(fault.getMessage().contains("batches"), fault.getMessage());
      assertTrue(fault.badStep().isEmpty());
      assertEquals(steps.size(), trainer.position().step());
      assertTrue(steps.size() < STEPS);
    }
  }

  private static final class Failing implements DocumentSource {
    private final List<EncodedDocument> documents;
    private int left;

    Failing(List<EncodedDocument> documents, int good) {
      this.documents = documents;
      this.left = good;
    }

    @Override
    public synchronized EncodedDocument read(int index) {
      if (left-- <= 0) {
        throw new IllegalStateException("document 7 is broken");
      }
      return documents.get(index);
    }

    @Override
    public int size() {
      return documents.size();
    }
  }
}

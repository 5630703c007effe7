package jingwei.bench.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.inference.Evaluator;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;

class LearnerTest {
  private static final int STEPS = 6;
  private static final long LARGEST_SIDE = 64;

  @Test
  void isEvaluatedAfterTheStepsThatTheReferenceTrainerMakes() {
    Lesson lesson = lesson(1);
    List<Curve.Point> points;
    try (Learner learner = new ActorLearner(lesson)) {
      points = Learner.points(learner, lesson, STEPS, 4);
    }
    assertEquals(List.of(4L, 6L), points.stream().map(Curve.Point::step).toList());
    assertEquals(List.of(256L, 384L), points.stream().map(Curve.Point::tokens).toList());
    assertTrue(points.getFirst().seconds() < points.getLast().seconds());
    assertEquals(throughReference(lesson), points.getLast().bitsPerByte());
  }

  @Test
  void aGateLearnsFromTheSameText() {
    Lesson lesson = lesson(0);
    try (Learner gate = new GateLearner(lesson)) {
      List<Curve.Point> points = Learner.points(gate, lesson, 40, 10);
      assertTrue(
          points.getLast().bitsPerByte() < points.getFirst().bitsPerByte(), points.toString());
    }
  }

  private static double throughReference(Lesson lesson) {
    try (TinyRun run = new TinyRun(lesson.rules(), null);
        NativeMemory memory = NativeMemory.unbounded("test")) {
      BatchStream batches =
          new BatchStream(
              lesson.batches(), lesson.text().training(), lesson.seed(), lesson.routes());
      for (int i = 0; i < STEPS; i++) {
        run.trainer.step(batches.next());
      }
      Evaluator evaluator =
          new Evaluator(
              run.model,
              Precision.FP32.kernels(memory, LARGEST_SIDE),
              lesson.text().meter(),
              lesson.batches().tokensPerMicroBatch(),
              memory);
      return evaluator.evaluate(lesson.text().heldOut()).stream()
          .mapToDouble(DomainLoss::bitsPerByte)
          .average()
          .orElseThrow();
    }
  }

  private static Lesson lesson(int domainsPerBatch) {
    List<DocumentSource> text =
        Stream.of(TinyRun.documents(0, 5, 40), TinyRun.documents(1, 5, 40))
            .map(DocumentSource::of)
            .toList();
    int[] bytes = new int[TinyRun.SHAPE.vocabulary()];
    Arrays.fill(bytes, 1);
    BatchSettings batches =
        new BatchSettings(4, 2, 1, 16, domainsPerBatch, BatchSettings.equalWeights(2));
    return new Lesson(
        TinyRun.SHAPE,
        batches,
        new StepRules(TinyRun.ADAM, 1, 0, 0, SpikeRule.LOGGING, Precision.FP32),
        TestSettings.rate(),
        new Lesson.Text(text, Lesson.heldOut(text, batches, 64), new LossMeter(bytes, 2)),
        1);
  }
}

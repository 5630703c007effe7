package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.actors.step.FaultPlan;
import jingwei.model.SeededRandom;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.inference.LoadedModel;
import jingwei.model.loss.DomainLoss;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EvaluationWorkersTest {
  private static final int ROWS = 2;

  @TempDir Path folder;
  private Path run;

  @BeforeEach
  void setUp() {
    SmallRun small = new SmallRun(folder, "steps=1");
    small.run("run", FaultPlan.none());
    run = small.folder("run");
  }

  @Test
  void giveTheSameBitsInAnyNumber() {
    List<DomainLoss> one = evaluated(1, new ArrayList<>());
    assertTrue(one.get(0).loss() > 0 && one.get(1).loss() > 0, one.toString());
    for (int count : new int[] {2, 3, 7}) {
      List<Long> told = new ArrayList<>();
      assertEquals(one, evaluated(count, told), count + " workers");
      assertEquals(
          batches().stream().map(batch -> (long) batch.numTargets()).toList(), told, "in order");
    }
  }

  @Test
  void reportTheFailureOfAWorker() {
    MicroBatch tooLong =
        HeldOutBatches.of(DocumentSource.of(List.of(document(0, 200, 1))), 16, 50, Long.MAX_VALUE)
            .getFirst();
    try (Checkpoint latest = Checkpoint.open(run);
        LoadedModel model = ModelLoader.load(latest);
        EvaluationWorkers workers = ModelLoader.workers(model, ROWS, 2)) {
      List<MicroBatch> batches = new ArrayList<>(batches());
      batches.add(5, tooLong);
      IllegalStateException failure =
          assertThrows(
              IllegalStateException.class, () -> workers.evaluate(batches, tokens -> {}).size());
      assertEquals("a worker could not evaluate a micro-batch", failure.getMessage());
    }
  }

  /** A checkpoint lists only the experts that were updated, so its size says nothing. */
  @Test
  void areNotStartedForAModelThatDoesNotFit() {
    try (Checkpoint latest = Checkpoint.open(run)) {
      long bytes = 12 * ParameterCount.of(latest.manifest().shape()).total();
      ModelLoader.refuseTooLarge(latest.manifest(), bytes);
      UserException refusal =
          assertThrows(
              UserException.class, () -> ModelLoader.refuseTooLarge(latest.manifest(), bytes - 1));
      assertTrue(refusal.getMessage().contains("experts"), refusal.getMessage());
    }
  }

  private List<DomainLoss> evaluated(int count, List<Long> told) {
    try (Checkpoint latest = Checkpoint.open(run);
        LoadedModel model = ModelLoader.load(latest);
        EvaluationWorkers workers = ModelLoader.workers(model, ROWS, count)) {
      return workers.evaluate(batches(), told::add);
    }
  }

  private static List<MicroBatch> batches() {
    List<EncodedDocument> documents =
        IntStream.range(0, 40).mapToObj(i -> document(i % 2, 5 + 3 * i, i)).toList();
    return HeldOutBatches.of(DocumentSource.of(documents), 16, ROWS, Long.MAX_VALUE);
  }

  private static EncodedDocument document(int domain, int tokens, int seed) {
    SeededRandom random = new SeededRandom(seed);
    return new EncodedDocument(
        "id", domain, IntStream.range(0, tokens).map(i -> random.nextInt(300)).toArray());
  }
}

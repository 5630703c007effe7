package jingwei.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.SeededRandom;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteMode;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole training step against another implementation of it: libtorch with its autograd. */
@Timeout(120)
class TorchProcessTest {
  private static final double RATE = 1e-3;
  private static final int STEPS = 20;
  private static final int ROWS = 4;
  private static final AdamSettings ADAM =
      new AdamSettings(
          new AdamSettings.Moments(0.9, 0.95, 1e-8, 1e-20),
          0.1,
          new AdamSettings.Clipping(AdamSettings.Clip.GLOBAL, 0),
          new AdamSettings.ExpertRules(AdamSettings.Inactive.LAZY, AdamSettings.Clock.STEP));

  @Test
  void aDenseModelTrainsLikeLibtorch() {
    System.setProperty("jingwei.home", Path.of("").toAbsolutePath().getParent().toString());
    DecoderShape shape =
        new DecoderShape(
            97,
            24,
            new DecoderShape.Sizes(32, 4, 128),
            new DecoderShape.Stack(3, 0, false),
            DecoderShape.Experts.NONE);
    try (NativeMemory memory = NativeMemory.unbounded("test")) {
      ModelState model =
          new ModelState(
              new Decoder(shape),
              ModelState.drawRoutes(shape, RouteMode.PERMUTE, 1, null),
              ElementType.FLOAT32,
              memory);
      model.initialise(5);
      List<Batch> batches = batches(shape);
      try (TorchProcess torch = new TorchProcess(shape, ROWS, 1, false, ADAM, RATE, model)) {
        List<Double> theirs = torch.run(batches).losses();
        ReferenceTrainer trainer =
            new ReferenceTrainer(
                model,
                new VectorKernels(memory),
                StepRules.of(ADAM),
                new LearningRate(LearningRate.Shape.WSD, RATE, 0, 0, 1_000_000, 0.1),
                new LossMeter(new int[shape.vocabulary()], 1),
                2 * shape.context(),
                memory);
        for (int i = 0; i < STEPS; i++) {
          double ours = trainer.step(batches.get(i)).loss();
          assertEquals(theirs.get(i), ours, 1e-5 * ours, "step " + (i + 1));
        }
        assertTrue(theirs.getLast() < theirs.getFirst() - 0.1, "nothing was learned: " + theirs);
      }
    }
  }

  private static List<Batch> batches(DecoderShape shape) {
    List<EncodedDocument> documents = new ArrayList<>();
    for (int d = 0; d < 16; d++) {
      SeededRandom random = SeededRandom.of(3, d);
      int[] tokens = new int[shape.context() + 1];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = i > 0 && random.nextInt(3) > 0 ? tokens[i - 1] : random.nextInt(97);
      }
      documents.add(new EncodedDocument("d" + d, 0, tokens));
    }
    BatchStream stream =
        new BatchStream(
            new BatchSettings(ROWS, 2, 1, shape.context(), 0, BatchSettings.equalWeights(1)),
            List.of(DocumentSource.of(documents)),
            1,
            List.of());
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      batches.add(stream.next());
    }
    return batches;
  }
}

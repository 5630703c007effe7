package jingwei.cluster.session;

import java.util.stream.Stream;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.actors.memory.MemoryNeed;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.decoder.Decoder;
import jingwei.model.inference.LoadedModel;
import jingwei.model.kernel.Precision;
import jingwei.model.memory.ElementType;
import jingwei.model.step.StepRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models for use, in the precision that they were trained in. */
public final class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  private ModelLoader() {}

  /** A model in the precision of its training, so that it has the same loss; else in fp32. */
  public static LoadedModel load(Checkpoint checkpoint) {
    Precision precision = rules(checkpoint.manifest()).precision();
    if (!precision.isHere()) {
      LOG.warn("The model was trained in bf16, which this machine does not have; losses are fp32.");
      precision = Precision.FP32;
    }
    return new LoadedModel(checkpoint, precision);
  }

  /**
   * Workers that evaluate a model: one for each core, but no more than half of the machine's free
   * memory has room for.
   *
   * @param rows rows of a micro-batch
   */
  public static EvaluationWorkers workers(LoadedModel model, int rows) {
    int cores = Runtime.getRuntime().availableProcessors();
    return workers(model, rows, Math.min(cores, mostWorkers(model.manifest(), rows)));
  }

  static EvaluationWorkers workers(LoadedModel model, int rows, int count) {
    int maxTokens = rows * model.manifest().shape().context();
    return new EvaluationWorkers(
        Stream.generate(() -> model.newEvaluator(maxTokens)).limit(count).toList(), model.meter());
  }

  private static int mostWorkers(Manifest manifest, int rows) {
    long bytes =
        MemoryNeed.workerOfEvaluation(
            new Decoder(manifest.shape()),
            ElementType.valueOf(manifest.elementType()),
            rules(manifest),
            rows * manifest.shape().context());
    return Math.clamp(MachineMemory.availableBytes() / 2 / bytes, 1, Integer.MAX_VALUE);
  }

  private static StepRules rules(Manifest manifest) {
    return TrainSettings.of(Configuration.ofText(manifest.configuration(), "the checkpoint"))
        .rules();
  }
}

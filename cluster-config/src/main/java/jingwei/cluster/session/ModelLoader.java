package jingwei.cluster.session;

import java.util.stream.Stream;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.actors.memory.MemoryNeed;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.inference.LoadedModel;
import jingwei.model.kernel.Precision;
import jingwei.model.step.StepRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads models for inference, in the precision that they were trained in. */
public final class ModelLoader {
  private static final Logger LOG = LoggerFactory.getLogger(ModelLoader.class);

  /** The weight itself and its two moments. */
  private static final int BUFFERS_OF_A_WEIGHT = 3;

  private ModelLoader() {}

  /**
   * Loads a model in the precision of its training, for the same losses; in fp32 if the machine
   * lacks it.
   */
  public static LoadedModel load(Checkpoint checkpoint) {
    return load(checkpoint, RunSettings.of(checkpoint.manifest()));
  }

  /**
   * Loads a model whose settings are known.
   *
   * @param settings of the run that wrote the checkpoint
   * @throws UserException if the machine has too little memory for all its weights and moments
   */
  public static LoadedModel load(Checkpoint checkpoint, RunSettings settings) {
    refuseTooLarge(checkpoint.manifest(), MachineMemory.availableBytes());
    Precision precision = settings.optimizer().rules().precision();
    if (!precision.isHere()) {
      LOG.warn("The model was trained in bf16, which this machine does not have; losses are fp32.");
      precision = Precision.FP32;
    }
    return new LoadedModel(checkpoint, precision);
  }

  /** A checkpoint may be much smaller than its model: experts that were never updated are drawn. */
  static void refuseTooLarge(Manifest manifest, long availableBytes) {
    ParameterCount count = ParameterCount.of(manifest.shape());
    long most = availableBytes / manifest.model().elementType().bytes() / BUFFERS_OF_A_WEIGHT;
    if (count.total() > most) {
      throw new UserException(
          "The model has %,d weights with moments, %,d of them of %,d experts; the machine has memory available for %,d."
              .formatted(
                  count.total(), count.perExpert() * count.experts(), count.experts(), most));
    }
  }

  /**
   * Workers that evaluate a model: one per core, but at most as many as fit into half of the free
   * memory.
   *
   * @param rules step rules of the run that wrote the model
   * @param rows rows of a micro-batch
   */
  public static EvaluationWorkers workers(LoadedModel model, StepRules rules, int rows) {
    int cores = Runtime.getRuntime().availableProcessors();
    return workers(model, rows, Math.min(cores, mostWorkers(model.manifest(), rules, rows)));
  }

  static EvaluationWorkers workers(LoadedModel model, int rows, int count) {
    int maxTokens = rows * model.manifest().shape().context();
    return new EvaluationWorkers(
        Stream.generate(() -> model.newEvaluator(maxTokens)).limit(count).toList(), model.meter());
  }

  private static int mostWorkers(Manifest manifest, StepRules rules, int rows) {
    long bytes =
        MemoryNeed.workerOfEvaluation(
            new Decoder(manifest.shape()),
            manifest.model().elementType(),
            rules,
            rows * manifest.shape().context());
    return Math.clamp(MachineMemory.availableBytes() / 2 / bytes, 1, Integer.MAX_VALUE);
  }
}

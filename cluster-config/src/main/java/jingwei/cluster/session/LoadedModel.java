package jingwei.cluster.session;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Precision;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.DomainTally;
import jingwei.model.reference.Evaluator;
import jingwei.model.reference.LossTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.text.Tokenizer;
import jingwei.streams.session.MemoryNeed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model from a checkpoint, ready to be evaluated and to generate. */
public final class LoadedModel implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LoadedModel.class);

  private final Manifest manifest;
  private final Tokenizer tokenizer;
  private final NativeMemory memory = NativeMemory.unbounded("model");
  private final Evaluator evaluator;
  private final EvaluationLanes lanes;

  private LoadedModel(Checkpoint checkpoint, int maxTokens, int numLanes) {
    manifest = checkpoint.manifest();
    tokenizer = Tokenizer.fromJson(checkpoint.folder().toString(), checkpoint.tokenizer());
    requireVocabulary(checkpoint);
    ReferenceModel model = checkpoint.load(memory);
    Precision precision = precision();
    LossTally tally = new LossTally(RunData.bytesOfToken(tokenizer), manifest.domains().size());
    long largestSide = Workspace.largestSide(new Decoder(manifest.shape()), maxTokens);
    List<Evaluator> evaluators = new ArrayList<>();
    for (int lane = 0; lane < numLanes; lane++) {
      Kernels kernels = precision.kernels(memory, largestSide);
      evaluators.add(new Evaluator(model, kernels, tally, maxTokens, memory));
    }
    evaluator = evaluators.getFirst();
    lanes = new EvaluationLanes(evaluators, tally);
  }

  private void requireVocabulary(Checkpoint checkpoint) {
    int known = manifest.shape().vocabulary();
    if (tokenizer.vocabularySize() != known) {
      throw new CheckpointException(
          checkpoint.folder(),
          "has a tokenizer of %d tokens for a model of %d"
              .formatted(tokenizer.vocabularySize(), known));
    }
  }

  /** That which it was trained in, so that it comes to the same loss; else single precision. */
  private Precision precision() {
    Configuration trained = Configuration.ofText(manifest.configuration(), "the checkpoint");
    Precision precision = TrainSettings.of(trained).rules().precision();
    if (!precision.isHere()) {
      LOG.warn("The model was trained in bf16, which is not to be had here; losses are of fp32.");
      precision = Precision.FP32;
    }
    return precision;
  }

  /**
   * @param rows rows that go through the model together
   * @param lanes threads that evaluate
   */
  public static LoadedModel of(Checkpoint checkpoint, int rows, int lanes) {
    return new LoadedModel(checkpoint, rows * checkpoint.manifest().shape().context(), lanes);
  }

  /** How many lanes half of the machine's free memory has room for; at least one. */
  public static int mostLanes(Checkpoint checkpoint, int rows) {
    Manifest manifest = checkpoint.manifest();
    Configuration trained = Configuration.ofText(manifest.configuration(), "the checkpoint");
    long bytes =
        MemoryNeed.laneOfEvaluation(
            new Decoder(manifest.shape()),
            ElementType.valueOf(manifest.elementType()),
            TrainSettings.of(trained).rules(),
            rows * manifest.shape().context());
    return Math.clamp(MachineMemory.availableBytes() / 2 / bytes, 1, Integer.MAX_VALUE);
  }

  public Manifest manifest() {
    return manifest;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * Losses by domain index, the same with any number of lanes.
   *
   * @param done receives the number of predicted tokens of each micro-batch
   */
  public List<DomainTally> evaluate(Iterable<MicroBatch> batches, LongConsumer done) {
    return lanes.evaluate(batches, done);
  }

  /** Index of a domain by its name. */
  public int domain(String name) {
    int index = manifest.domains().indexOf(name);
    if (index < 0) {
      throw new UserException(
          "The model has no domain '%s'; it has %s."
              .formatted(name, String.join(", ", manifest.domains())));
    }
    return index;
  }

  /**
   * Logits of the token that follows a context of one domain, [vocabulary].
   *
   * @param kept first tokens of the context, which stay when it is too long and its middle is left
   *     out
   */
  public double[] nextLogits(int[] context, int kept, int domain) {
    int limit = manifest.shape().context();
    int[] tokens = context;
    if (context.length > limit) {
      tokens = Arrays.copyOf(context, limit);
      System.arraycopy(context, context.length - (limit - kept), tokens, kept, limit - kept);
    }
    int n = tokens.length;
    int[] domains = new int[n];
    Arrays.fill(domains, domain);
    MicroBatch batch =
        new MicroBatch(
            tokens,
            IntStream.range(0, n).map(i -> -1).toArray(),
            IntStream.range(0, n).toArray(),
            domains,
            new int[] {0, n});
    return evaluator.lastLogits(batch);
  }

  @Override
  public void close() {
    lanes.close();
    tokenizer.close();
    memory.close();
  }
}

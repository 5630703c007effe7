package jingwei.model.inference;

import java.util.Arrays;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.ModelState;
import jingwei.model.text.Tokenizer;

/** A model and its tokenizer from a checkpoint, ready for evaluation and generation. */
public final class LoadedModel implements AutoCloseable {
  private final Manifest manifest;
  private final Tokenizer tokenizer;
  private final Precision precision;
  private final NativeMemory memory = NativeMemory.unbounded("model");
  private final ModelState state;
  private final LossMeter meter;
  private Evaluator generator;

  /**
   * @param precision of the products
   * @throws CheckpointException if the tokenizer does not belong to the model
   */
  public LoadedModel(Checkpoint checkpoint, Precision precision) {
    this.manifest = checkpoint.manifest();
    this.precision = precision;
    tokenizer = Tokenizer.fromJson(checkpoint.folder().toString(), checkpoint.tokenizer());
    requireVocabulary(checkpoint);
    state = checkpoint.load(memory);
    meter = new LossMeter(tokenizer.bytesOfTokens(), manifest.domains().size());
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

  public Manifest manifest() {
    return manifest;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Adds up losses by the model's domains. */
  public LossMeter meter() {
    return meter;
  }

  /**
   * A new evaluator with its own memory, for one thread.
   *
   * @param maxTokens most tokens of a micro-batch
   */
  public Evaluator newEvaluator(int maxTokens) {
    long largestSide = Workspace.largestSide(state.decoder(), maxTokens);
    return new Evaluator(state, precision.kernels(memory, largestSide), meter, maxTokens, memory);
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
   * Logits of the token after a context of one domain, [vocabulary]. For one thread only.
   *
   * @param kept number of first tokens that always stay; if the context is too long, its middle is
   *     left out
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
    if (generator == null) {
      generator = newEvaluator(limit);
    }
    return generator.lastLogits(batch);
  }

  @Override
  public void close() {
    tokenizer.close();
    memory.close();
  }
}

package jingwei.bench.mixture;

import java.util.function.Function;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;

/**
 * What is trained.
 *
 * @param type of weights, moments and activations
 * @param kernels makes the kernels of one worker, with scratch memory
 * @param tokensPerMicroBatch most tokens of a micro-batch
 * @param seed of the initial weights, which are those of the product's trainers
 * @param optimizer rules of an update
 * @param meter adds up losses by domain
 */
public record Mixture(
    DecoderShape shape,
    ElementType type,
    Function<NativeMemory, Kernels> kernels,
    int tokensPerMicroBatch,
    long seed,
    Optimizer optimizer,
    LossMeter meter) {

  /**
   * Adam and its learning rate.
   *
   * @param adam clips by the norm of all owners together, or not at all
   */
  public record Optimizer(AdamSettings adam, LearningRate rate) {
    public Optimizer {
      if (adam.clipping().norm() > 0 && adam.clip() != AdamSettings.Clip.GLOBAL) {
        throw new IllegalArgumentException("clip=%s is not supported".formatted(adam.clip()));
      }
    }

    boolean clips() {
      return adam.clipping().norm() > 0;
    }
  }

  /** Trained in single precision with the product's kernels. */
  public static Mixture of(
      DecoderShape shape,
      Precision precision,
      int tokensPerMicroBatch,
      long seed,
      Optimizer optimizer,
      LossMeter meter) {
    long largestSide = Workspace.largestSide(new Decoder(shape), tokensPerMicroBatch);
    return new Mixture(
        shape,
        ElementType.FLOAT32,
        memory -> precision.kernels(memory, largestSide),
        tokensPerMicroBatch,
        seed,
        optimizer,
        meter);
  }
}

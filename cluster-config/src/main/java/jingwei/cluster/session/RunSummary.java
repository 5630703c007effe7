package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.Reached;

/**
 * The result of a run.
 *
 * @param reached progress, including the steps before a resume
 * @param losses losses in training and on held-out text
 * @param cost time and memory
 * @param ending how it ended
 * @param checkpoint the last checkpoint
 * @param run the folder of the run
 */
public record RunSummary(
    Reached reached, Losses losses, Cost cost, Ending ending, Path checkpoint, Path run) {

  /**
   * @param last loss of the last step, in nats per token
   * @param plotted losses of this process to plot, one for each step or for every few steps
   * @param training losses over at most the last hundred steps, by domain name
   * @param firstHeldOut held-out losses before the first step of this process, by domain name
   * @param heldOut held-out losses at the end, by domain name
   */
  public record Losses(
      double last,
      List<Double> plotted,
      Map<String, DomainLoss> training,
      Map<String, DomainLoss> firstHeldOut,
      Map<String, DomainLoss> heldOut) {}

  /**
   * @param seconds training time in this process
   * @param tokensPerSecond average over the whole training time
   * @param tensorBytes off-heap memory of weights, moments, gradients and activations
   */
  public record Cost(double seconds, double tokensPerSecond, long tensorBytes) {}

  /**
   * @param stopped true if the run was stopped before its last step
   * @param didNothing true if all steps had been taken before
   * @param refusedSteps number of steps refused as not finite or as spikes
   */
  public record Ending(boolean stopped, boolean didNothing, long refusedSteps) {}
}

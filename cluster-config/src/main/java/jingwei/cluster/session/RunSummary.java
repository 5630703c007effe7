package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.model.loss.DomainLoss;
import jingwei.model.metrics.Reached;

/**
 * What a run came to.
 *
 * @param reached how far it is, the steps before a resume included
 * @param losses in training and on held-out text
 * @param cost of it
 * @param ending how it ended
 * @param checkpoint the last one
 * @param run the folder
 */
public record RunSummary(
    Reached reached, Losses losses, Cost cost, Ending ending, Path checkpoint, Path run) {

  /**
   * @param last loss of the last step, nats per token
   * @param plotted of the steps of this process, or of every so many of them, for the plot
   * @param training sums over the last steps, a hundred at most, by domain name
   * @param firstHeldOut held-out sums before the first step of this process, by domain name
   * @param heldOut held-out sums at the end
   */
  public record Losses(
      double last,
      List<Double> plotted,
      Map<String, DomainLoss> training,
      Map<String, DomainLoss> firstHeldOut,
      Map<String, DomainLoss> heldOut) {}

  /**
   * @param seconds of training in this process
   * @param tokensPerSecond over the whole training time
   * @param tensorBytes memory outside the heap that weights, moments, gradients and activations
   *     take
   */
  public record Cost(double seconds, double tokensPerSecond, long tensorBytes) {}

  /**
   * @param stopped whether the run was stopped before its last step
   * @param didNothing whether all steps had been taken before
   * @param refusedSteps steps that were not finite, or refused for a spike
   */
  public record Ending(boolean stopped, boolean didNothing, long refusedSteps) {}
}

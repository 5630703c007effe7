package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jingwei.model.loss.DomainLoss;

/**
 * What a run came to.
 *
 * @param steps committed, those before a resume too
 * @param tokens input tokens trained on
 * @param documents read to their end, those of earlier epochs again
 * @param epoch of the domain that is least far, counted from 0
 * @param seconds of training in this process
 * @param loss of the last step, nats per token
 * @param losses of the steps of this process, or of every so many of them, for the plot
 * @param training sums over the last steps, a hundred at most, by domain name
 * @param firstHeldOut held-out sums before the first step of this process, by domain name
 * @param heldOut held-out sums at the end
 * @param tokensPerSecond over the whole training time
 * @param tensorBytes memory outside the heap that weights, moments, gradients and activations take
 * @param refusedSteps steps that were not finite, or refused for a spike
 * @param stopped whether the run was stopped before its last step
 * @param didNothing whether all steps had been taken before
 * @param checkpoint the last one
 * @param run the folder
 */
public record RunSummary(
    long steps,
    long tokens,
    long documents,
    int epoch,
    double seconds,
    double loss,
    List<Double> losses,
    Map<String, DomainLoss> training,
    Map<String, DomainLoss> firstHeldOut,
    Map<String, DomainLoss> heldOut,
    double tokensPerSecond,
    long tensorBytes,
    long refusedSteps,
    boolean stopped,
    boolean didNothing,
    Path checkpoint,
    Path run) {}

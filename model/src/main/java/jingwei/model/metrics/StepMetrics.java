package jingwei.model.metrics;

import java.util.Map;

/**
 * Measurements of one step, written as a line of {@code metrics.jsonl}.
 *
 * @param reached progress of the run after the step
 * @param losses losses of the step
 * @param update update of the weights
 * @param work use of the machine in the step
 */
public record StepMetrics(Reached reached, Losses losses, Update update, Work work) {

  /**
   * @param loss mean over the step's target tokens, in nats
   * @param bitsPerByte mean loss in bits per byte of text
   * @param domains losses of each domain in the step, by name
   */
  public record Losses(double loss, double bitsPerByte, Map<String, Domain> domains) {}

  /**
   * @param learningRate learning rate of the step
   * @param gradNorm gradient norm before clipping
   * @param applied false if the step was refused
   * @param stalenessMax staleness of the oldest weights that were read, in versions
   */
  public record Update(double learningRate, double gradNorm, boolean applied, int stalenessMax) {}

  /**
   * @param tokensPerSecond throughput of this step
   * @param activeExperts number of experts with at least one token, over all layers
   * @param ecss transfers between host and device
   * @param actors utilization of the actors
   * @param memory memory in use
   */
  public record Work(
      double tokensPerSecond, int activeExperts, Ecss ecss, Actors actors, Memory memory) {}

  /**
   * @param loss mean loss in nats per token
   * @param bitsPerByte mean loss in bits per byte of text
   * @param tokens number of target tokens
   */
  public record Domain(double loss, double bitsPerByte, long tokens) {}

  /** Expert Computation and Storage Separation: counts of requested experts, and bytes moved. */
  public record Ecss(
      long hits,
      long misses,
      long versionWaits,
      long refetches,
      double stallMillis,
      long bytesToDevice,
      long bytesToHost) {}

  /**
   * Utilization of the actors; zeros for the reference trainer.
   *
   * @param laneUse share of the step's time in which the workers computed
   * @param mailboxDepthMax largest number of tasks that waited for a worker at once
   * @param bytesInFlightMax largest number of bytes in transfer between host and device at once
   */
  public record Actors(double laneUse, int mailboxDepthMax, long bytesInFlightMax) {}

  /**
   * Bytes in use.
   *
   * @param deviceBytes dense weights and moments, activations, gradients, and experts on the device
   * @param hostBytes experts with their moments, and their gradients
   * @param heapBytes Java heap
   * @param offHeapBytes direct and mapped buffers of the JVM, without tensors
   */
  public record Memory(long deviceBytes, long hostBytes, long heapBytes, long offHeapBytes) {}

  /** The step, counted from 1. */
  public long step() {
    return reached.step();
  }

  /** Mean loss over the step's target tokens, in nats. */
  public double loss() {
    return losses.loss;
  }

  /** False for a step that was refused. */
  public boolean applied() {
    return update.applied;
  }
}

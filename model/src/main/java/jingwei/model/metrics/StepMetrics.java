package jingwei.model.metrics;

import java.util.Map;

/**
 * Measurements of one step: what a line of {@code metrics.jsonl} holds.
 *
 * @param reached how far the run has come with it
 * @param losses of the step
 * @param update of the weights
 * @param work that the step took
 */
public record StepMetrics(Reached reached, Losses losses, Update update, Work work) {

  /**
   * @param loss mean over the step's target tokens, in nats
   * @param bitsPerByte the same in bits for each byte of text
   * @param domains of each domain that is part of the step, by name
   */
  public record Losses(double loss, double bitsPerByte, Map<String, Domain> domains) {}

  /**
   * @param learningRate of the step
   * @param gradNorm before clipping
   * @param applied false for a step that was refused
   * @param stalenessMax versions that the oldest weights used were behind
   */
  public record Update(double learningRate, double gradNorm, boolean applied, int stalenessMax) {}

  /**
   * @param tokensPerSecond of this step
   * @param activeExperts experts with at least one token, all layers together
   * @param ecss what moved between host and device
   * @param actors how busy they were
   * @param memory in use
   */
  public record Work(
      double tokensPerSecond, int activeExperts, Ecss ecss, Actors actors, Memory memory) {}

  /**
   * @param loss nats per token
   * @param bitsPerByte bits for each byte of text
   * @param tokens target tokens of the step
   */
  public record Domain(double loss, double bitsPerByte, long tokens) {}

  /** Expert Computation and Storage Separation: counts of experts asked for, and bytes moved. */
  public record Ecss(
      long hits,
      long misses,
      long versionWaits,
      long refetches,
      double stallMillis,
      long bytesToDevice,
      long bytesToHost) {}

  /**
   * How busy the actors were; zeros on the reference trainer.
   *
   * @param laneUse share of the step in which the workers computed
   * @param mailboxDepthMax most pieces of work that waited for a worker at once
   * @param bytesInFlightMax most bytes on their way between host and device at once
   */
  public record Actors(double laneUse, int mailboxDepthMax, long bytesInFlightMax) {}

  /**
   * Bytes in use.
   *
   * @param deviceBytes dense weights and moments, activations, gradients, experts on the device
   * @param hostBytes experts with their moments, and their gradients
   * @param heapBytes Java heap
   * @param offHeapBytes direct and mapped buffers of the JVM; tensors are not among them
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

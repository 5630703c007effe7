package jingwei.model.metrics;

import java.util.Map;

/**
 * Measurements of one step; the fields of a line of {@code metrics.jsonl}.
 *
 * @param step counted from 1
 * @param tokens input tokens of the run so far
 * @param documents that the run has read to their end so far
 * @param loss mean over the step's target tokens, in nats
 * @param bitsPerByte the same in bits for each byte of text
 * @param domains of each domain that is part of the step, by name
 * @param learningRate of the step
 * @param gradNorm before clipping
 * @param applied false for a step that was refused
 * @param tokensPerSecond of this step
 * @param activeExperts experts with at least one token, all layers together
 * @param ecss what moved between host and device
 * @param actors who was busy
 * @param memory in use
 * @param stalenessMax versions that the oldest weights used were behind
 * @param epoch of the domain that is least far
 */
public record StepMetrics(
    long step,
    long tokens,
    long documents,
    double loss,
    double bitsPerByte,
    Map<String, Domain> domains,
    double learningRate,
    double gradNorm,
    boolean applied,
    double tokensPerSecond,
    int activeExperts,
    Ecss ecss,
    Actors actors,
    Memory memory,
    int stalenessMax,
    int epoch) {

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
   * Who was busy; zeros on the reference trainer.
   *
   * @param laneUse share of the step in which the lanes computed
   * @param mailboxDepthMax most pieces of work that waited for a lane at once
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
}

package jingwei.actors.transport;

/**
 * Counters of a transport since its start, and its open requests.
 *
 * @param sent answered with {@link TensorTransport.Sent}
 * @param arrived answered with {@link TensorTransport.Arrived}
 * @param open not answered yet
 * @param failed requests that failed and data that was discarded
 * @param backPressuredOffers how often the log had no room for the next part
 * @param busyNanos time that the transport thread worked, without waits
 */
public record TransportCounters(
    Tensors sent,
    Tensors arrived,
    Open open,
    Failed failed,
    long backPressuredOffers,
    long busyNanos) {

  /** A number of tensors and their bytes together. */
  public record Tensors(long count, long bytes) {}

  /**
   * @param sends requests to send
   * @param receives requests to receive
   * @param bytesInFlight accepted from senders, minus bytes that arrived or were discarded; with
   *     several nodes, their sum is in flight
   */
  public record Open(long sends, long receives, long bytesInFlight) {}

  /**
   * @param requests answered with {@link TensorTransport.Failed}
   * @param skippedTensors tensors whose bytes were discarded because no receiver had asked for them
   * @param invalidParts fragments in the log that were no part of a tensor, or were inconsistent
   * @param foreignParts parts of another incarnation
   * @param doubledParts parts that had arrived before
   */
  public record Failed(
      long requests,
      long skippedTensors,
      long invalidParts,
      long foreignParts,
      long doubledParts) {}
}

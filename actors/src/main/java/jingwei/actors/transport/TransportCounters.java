package jingwei.actors.transport;

/**
 * What a transport did since it started, and what it is doing.
 *
 * @param sent answered with {@link TensorTransport.Sent}
 * @param arrived answered with {@link TensorTransport.Arrived}
 * @param open not answered yet
 * @param failed what did not get through
 * @param backPressuredOffers how often the log had no room for the next part
 * @param busyNanos how long the transport thread worked, waiting left out
 */
public record TransportCounters(
    Tensors sent,
    Tensors arrived,
    Open open,
    Failed failed,
    long backPressuredOffers,
    long busyNanos) {

  /** So many tensors, of so many bytes together. */
  public record Tensors(long count, long bytes) {}

  /**
   * @param sends requests to send
   * @param receives requests to receive
   * @param bytesInFlight accepted from senders, and neither arrived nor thrown away
   */
  public record Open(long sends, long receives, long bytesInFlight) {}

  /**
   * @param requests answered with {@link TensorTransport.Failed}
   * @param skippedTensors tensors whose bytes were thrown away because no request came in time
   * @param invalidParts what was in the log and was no part of a tensor, or contradicted itself
   */
  public record Failed(long requests, long skippedTensors, long invalidParts) {}
}

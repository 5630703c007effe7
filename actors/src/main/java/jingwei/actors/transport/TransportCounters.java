package jingwei.actors.transport;

/**
 * What a transport did since it started, and what it is doing.
 *
 * @param tensorsSent answered with {@link TensorTransport.Sent}
 * @param bytesSent of those tensors
 * @param tensorsArrived answered with {@link TensorTransport.Arrived}
 * @param bytesArrived of those tensors
 * @param requestsFailed answered with {@link TensorTransport.Failed}
 * @param tensorsSkipped tensors whose bytes were thrown away because nobody received them in time
 * @param invalidParts what stood in the log and was no part of a tensor, or contradicted itself
 * @param openSends requests to send that are not answered yet
 * @param openReceives requests to receive that are not answered yet
 * @param bytesInFlight accepted from senders, and neither arrived nor thrown away
 * @param backPressuredOffers how often the log had no room for the next part
 * @param busyNanos how long the transport thread worked, waiting left out
 */
public record TransportCounters(
    long tensorsSent,
    long bytesSent,
    long tensorsArrived,
    long bytesArrived,
    long requestsFailed,
    long tensorsSkipped,
    long invalidParts,
    long openSends,
    long openReceives,
    long bytesInFlight,
    long backPressuredOffers,
    long busyNanos) {}

package jingwei.actors.transport;

/** Counts what {@link TransportCounters} reports. Belongs to the transport thread. */
final class TransportStatistics {
  long tensorsSent;
  long bytesSent;
  long tensorsArrived;
  long bytesArrived;
  long requestsFailed;
  long tensorsSkipped;
  long invalidParts;
  long foreignParts;
  long doubledParts;
  long backPressuredOffers;
  long busyNanos;

  TransportCounters counters(long openSends, long openReceives, long bytesInFlight) {
    return new TransportCounters(
        new TransportCounters.Tensors(tensorsSent, bytesSent),
        new TransportCounters.Tensors(tensorsArrived, bytesArrived),
        new TransportCounters.Open(openSends, openReceives, bytesInFlight),
        new TransportCounters.Failed(
            requestsFailed, tensorsSkipped, invalidParts, foreignParts, doubledParts),
        backPressuredOffers,
        busyNanos);
  }
}

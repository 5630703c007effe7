package jingwei.actors.transport;

/** The counters while they are counted. Belongs to the transport thread. */
final class TransportStatistics {
  long tensorsSent;
  long bytesSent;
  long tensorsArrived;
  long bytesArrived;
  long requestsFailed;
  long tensorsSkipped;
  long invalidParts;
  long backPressuredOffers;
  long busyNanos;

  TransportCounters counters(long openSends, long openReceives, long bytesInFlight) {
    return new TransportCounters(
        tensorsSent,
        bytesSent,
        tensorsArrived,
        bytesArrived,
        requestsFailed,
        tensorsSkipped,
        invalidParts,
        openSends,
        openReceives,
        bytesInFlight,
        backPressuredOffers,
        busyNanos);
  }
}

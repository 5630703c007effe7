package jingwei.actors.device;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counts the work of the scheduler of a device. Any thread may read at the same time. */
public final class EcssStatistics {
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder versionWaits = new LongAdder();
  private final LongAdder refetches = new LongAdder();
  final LongAdder stallNanos = new LongAdder();
  final LongAdder bytesToDevice = new LongAdder();
  final LongAdder bytesToHost = new LongAdder();
  final LongAdder activatedBytes = new LongAdder();
  private final AtomicLong bytesInFlight = new AtomicLong();
  private final AtomicLong mostBytesInFlight = new AtomicLong();

  /** Counts a residency once, in the counter for what its expert waited for. */
  void residencyIsOver(ExpertWait wait) {
    LongAdder counter =
        switch (wait) {
          case NONE -> hits;
          case BYTES -> misses;
          case VERSION -> versionWaits;
          case EVICTED -> refetches;
        };
    counter.increment();
  }

  /** Adds to the bytes in flight; a negative number subtracts. */
  void inFlight(long bytes) {
    long now = bytesInFlight.addAndGet(bytes);
    mostBytesInFlight.accumulateAndGet(now, Math::max);
  }

  /** Reads the counters; the most bytes in flight begin anew. */
  public EcssCounters counters() {
    return new EcssCounters(
        new EcssCounters.Residencies(hits.sum(), misses.sum(), versionWaits.sum(), refetches.sum()),
        stallNanos.sum() / 1_000_000,
        new EcssCounters.Bytes(
            bytesToDevice.sum(),
            bytesToHost.sum(),
            activatedBytes.sum(),
            mostBytesInFlight.getAndSet(bytesInFlight.get())));
  }
}

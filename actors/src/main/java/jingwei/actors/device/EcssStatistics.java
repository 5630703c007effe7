package jingwei.actors.device;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the scheduler of a device counts; any thread may read while it does. */
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

  /** Counts a residency by what its expert waited for: once, and in one counter. */
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

  /** So many bytes more, or less if below zero, are under way. */
  void inFlight(long bytes) {
    long now = bytesInFlight.addAndGet(bytes);
    mostBytesInFlight.accumulateAndGet(now, Math::max);
  }

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

package jingwei.actors.device;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the scheduler of a device counts; anybody may read while it does. */
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

  /** Counts a visit by what its expert waited for: once, and in one counter. */
  void visitIsOver(Residency.Wait wait) {
    LongAdder counter =
        switch (wait) {
          case NONE -> hits;
          case BYTES -> misses;
          case VERSION -> versionWaits;
          case EVICTED -> refetches;
        };
    counter.increment();
  }

  /** Bytes set out (above zero) or arrived (below). */
  void inFlight(long bytes) {
    long now = bytesInFlight.addAndGet(bytes);
    mostBytesInFlight.accumulateAndGet(now, Math::max);
  }

  public EcssCounters counters() {
    return new EcssCounters(
        hits.sum(),
        misses.sum(),
        versionWaits.sum(),
        refetches.sum(),
        stallNanos.sum() / 1_000_000,
        bytesToDevice.sum(),
        bytesToHost.sum(),
        activatedBytes.sum(),
        mostBytesInFlight.getAndSet(bytesInFlight.get()));
  }
}

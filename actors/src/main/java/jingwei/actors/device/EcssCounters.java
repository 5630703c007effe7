package jingwei.actors.device;

/**
 * What the scheduler of a device has counted since its start. A visit is the stay of an expert for
 * one step; when it is over, it is one of a hit, a miss, a version wait or a refetch.
 *
 * @param hits visits whose expert never waited
 * @param misses visits whose expert waited because its bytes were not brought in time
 * @param versionWaits visits whose expert waited because its weights were only made by the step
 *     before
 * @param refetches visits whose expert was evicted and waited to come back, whatever else it waited
 *     for
 * @param stallMillis time that experts with work waited for their bytes, added up over experts
 * @param bytesToDevice weights and running gradients that came
 * @param bytesToHost running and complete gradients that left
 * @param activatedBytes weights of all visits, each once: what must come at least
 * @param mostBytesInFlight on their way at once, since the last time it was asked
 */
public record EcssCounters(
    long hits,
    long misses,
    long versionWaits,
    long refetches,
    long stallMillis,
    long bytesToDevice,
    long bytesToHost,
    long activatedBytes,
    long mostBytesInFlight) {
  public static final EcssCounters NONE = new EcssCounters(0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** Visits that are over. */
  public long visits() {
    return hits + misses + versionWaits + refetches;
  }

  /** What was counted between two readings. */
  public EcssCounters since(EcssCounters before) {
    return new EcssCounters(
        hits - before.hits,
        misses - before.misses,
        versionWaits - before.versionWaits,
        refetches - before.refetches,
        stallMillis - before.stallMillis,
        bytesToDevice - before.bytesToDevice,
        bytesToHost - before.bytesToHost,
        activatedBytes - before.activatedBytes,
        mostBytesInFlight);
  }
}

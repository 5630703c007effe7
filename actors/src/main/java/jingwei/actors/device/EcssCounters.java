package jingwei.actors.device;

/**
 * What the scheduler of a device has counted since its start. Hits, misses and version waits add up
 * to the visits that are over.
 *
 * @param visits stays of an expert for one step, begun or planned
 * @param hits visits whose expert was there before its first token
 * @param misses visits that waited because the bytes were not brought in time
 * @param versionWaits visits that waited because the weights were only made by the step before
 * @param refetches times that an expert came back after it had been evicted within its visit
 * @param stallMillis time that experts with work waited for their bytes, added up over experts
 * @param bytesToDevice weights and running gradients that came
 * @param bytesToHost running and complete gradients that left
 * @param activatedBytes weights of all visits, each once: what must come at least
 * @param mostBytesInFlight on their way at once, since the last time it was asked
 */
public record EcssCounters(
    long visits,
    long hits,
    long misses,
    long versionWaits,
    long refetches,
    long stallMillis,
    long bytesToDevice,
    long bytesToHost,
    long activatedBytes,
    long mostBytesInFlight) {
  public static final EcssCounters NONE = new EcssCounters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** What was counted between two readings. */
  public EcssCounters since(EcssCounters before) {
    return new EcssCounters(
        visits - before.visits,
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

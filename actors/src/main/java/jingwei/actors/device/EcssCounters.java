package jingwei.actors.device;

/**
 * What the scheduler of a device has counted since its start.
 *
 * @param hits visits whose expert was there before its first token
 * @param misses visits that waited because the bytes were not brought in time
 * @param versionWaits visits that waited because the update of the step before was not finished
 * @param refetches times that an expert came back after it had been evicted within its visit
 * @param stallMillis time that experts with work waited for their bytes, added up over experts
 * @param bytesToDevice weights and running gradients that came
 * @param bytesToHost running and complete gradients that left
 * @param activatedBytes weights of all visits, each once: what must come at least
 * @param slots of the device
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
    int slots) {}

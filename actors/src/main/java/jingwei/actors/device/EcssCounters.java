package jingwei.actors.device;

/**
 * Counters of the scheduler of a device since its start.
 *
 * @param residencies that are over
 * @param stallMillis time that experts with work waited for a slot, added up over experts
 * @param bytes that moved between device and host
 */
public record EcssCounters(Residencies residencies, long stallMillis, Bytes bytes) {
  /** All zero. */
  public static final EcssCounters NONE =
      new EcssCounters(new Residencies(0, 0, 0, 0), 0, new Bytes(0, 0, 0, 0));

  /**
   * A residency that is over is one of a hit, a miss, a version wait or a refetch.
   *
   * @param hits the expert never waited
   * @param misses the expert waited because its weights were not prefetched in time
   * @param versionWaits the expert waited because the step before had only just produced its
   *     weights
   * @param refetches the expert was evicted and waited for its next slot, perhaps among other waits
   */
  public record Residencies(long hits, long misses, long versionWaits, long refetches) {
    /** All residencies that are over. */
    public long total() {
      return hits + misses + versionWaits + refetches;
    }

    private Residencies plus(Residencies other) {
      return new Residencies(
          hits + other.hits,
          misses + other.misses,
          versionWaits + other.versionWaits,
          refetches + other.refetches);
    }

    private Residencies since(Residencies before) {
      return new Residencies(
          hits - before.hits,
          misses - before.misses,
          versionWaits - before.versionWaits,
          refetches - before.refetches);
    }
  }

  /**
   * @param toDevice weights and partial gradients that were fetched
   * @param toHost partial and complete gradients that were sent
   * @param activated weights of all residencies, each counted once: the least that must be fetched
   * @param mostInFlight most bytes in flight at once since the last reading
   */
  public record Bytes(long toDevice, long toHost, long activated, long mostInFlight) {
    private Bytes plus(Bytes other) {
      return new Bytes(
          toDevice + other.toDevice,
          toHost + other.toHost,
          activated + other.activated,
          mostInFlight + other.mostInFlight);
    }

    private Bytes since(Bytes before) {
      return new Bytes(
          toDevice - before.toDevice,
          toHost - before.toHost,
          activated - before.activated,
          mostInFlight);
    }
  }

  /** The counters of two devices together. */
  public EcssCounters plus(EcssCounters other) {
    return new EcssCounters(
        residencies.plus(other.residencies),
        stallMillis + other.stallMillis,
        bytes.plus(other.bytes));
  }

  /** The difference between this reading and an earlier one. */
  public EcssCounters since(EcssCounters before) {
    return new EcssCounters(
        residencies.since(before.residencies),
        stallMillis - before.stallMillis,
        bytes.since(before.bytes));
  }
}

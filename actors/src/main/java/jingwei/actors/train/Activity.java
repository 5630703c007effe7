package jingwei.actors.train;

import jingwei.actors.device.EcssCounters;

/**
 * What the actors have been doing since the start.
 *
 * @param ecss counters of the device scheduler
 * @param workers that compute
 * @param workerBusyNanos time that workers computed, added up
 * @param mostWaiting most pieces of work that waited for a workspace at once since the last reading
 */
public record Activity(EcssCounters ecss, int workers, long workerBusyNanos, int mostWaiting) {
  /** Of a trainer without actors. */
  public static final Activity NONE = new Activity(EcssCounters.NONE, 1, 0, 0);
}

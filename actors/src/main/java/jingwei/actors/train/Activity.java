package jingwei.actors.train;

import jingwei.actors.device.EcssCounters;

/**
 * Counters of the actors' work since the start.
 *
 * @param ecss counters of the device scheduler
 * @param workers number of workers
 * @param workerBusyNanos computing time of all workers together
 * @param mostWaiting most pieces of work that waited for a workspace at once since the last reading
 */
public record Activity(EcssCounters ecss, int workers, long workerBusyNanos, int mostWaiting) {
  /** The activity of a trainer without actors. */
  public static final Activity NONE = new Activity(EcssCounters.NONE, 1, 0, 0);
}

package jingwei.streams.session;

import jingwei.actors.device.EcssCounters;

/**
 * What the actors have been doing since the start.
 *
 * @param ecss counters of the device scheduler
 * @param lanes that compute
 * @param laneBusyNanos time that lanes computed, added up
 * @param mostWaiting most pieces of work that waited for a lane at once since the last reading
 */
public record Activity(EcssCounters ecss, int lanes, long laneBusyNanos, int mostWaiting) {
  /** Of a trainer without actors. */
  public static final Activity NONE = new Activity(EcssCounters.NONE, 1, 0, 0);
}

package jingwei.actors.device;

/**
 * Counters of a device since its start.
 *
 * @param ecss counters of its scheduler
 * @param workers number of workers
 * @param workerBusyNanos computing time of all workers together
 * @param mostWaiting most pieces of work that waited for a workspace at once since the last reading
 * @param memoryBytes of the device in use
 */
public record DeviceActivity(
    EcssCounters ecss, int workers, long workerBusyNanos, int mostWaiting, long memoryBytes) {}

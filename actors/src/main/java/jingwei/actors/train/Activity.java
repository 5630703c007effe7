package jingwei.actors.train;

import java.util.List;
import jingwei.actors.device.DeviceActivity;
import jingwei.actors.device.EcssCounters;

/**
 * Counters of a trainer's work since the start, and the memory that it uses.
 *
 * @param ecss counters of the schedulers of all devices together
 * @param workers number of workers of all devices
 * @param workerBusyNanos computing time of all workers together
 * @param mostWaiting most pieces of work that waited for a workspace at once since the last reading
 * @param memory native memory in use
 */
public record Activity(
    EcssCounters ecss, int workers, long workerBusyNanos, int mostWaiting, Memory memory) {
  /** No activity: before the start. */
  public static final Activity NONE = ofNoActors(new Memory(0, 0));

  /**
   * Native memory in use, all devices together and all hosts together.
   *
   * @param deviceBytes for dense stages, activations, gradients and experts on devices
   * @param hostBytes for experts and their gradients on hosts
   */
  public record Memory(long deviceBytes, long hostBytes) {
    /** Device and host bytes. */
    public long bytes() {
      return deviceBytes + hostBytes;
    }
  }

  /**
   * The activity of all devices together.
   *
   * @param hostBytes memory of all hosts together
   */
  static Activity of(List<DeviceActivity> devices, long hostBytes) {
    EcssCounters ecss = EcssCounters.NONE;
    int workers = 0;
    long busyNanos = 0;
    int mostWaiting = 0;
    long deviceBytes = 0;
    for (DeviceActivity device : devices) {
      ecss = ecss.plus(device.ecss());
      workers += device.workers();
      busyNanos += device.workerBusyNanos();
      mostWaiting += device.mostWaiting();
      deviceBytes += device.memoryBytes();
    }
    return new Activity(
        ecss, Math.max(1, workers), busyNanos, mostWaiting, new Memory(deviceBytes, hostBytes));
  }

  /** The same with the memory through which the states of owners are moved, beside a host. */
  Activity withStates(long bytes) {
    return new Activity(
        ecss,
        workers,
        workerBusyNanos,
        mostWaiting,
        new Memory(memory.deviceBytes, memory.hostBytes + bytes));
  }

  /** The activity of a trainer without actors. */
  public static Activity ofNoActors(Memory memory) {
    return new Activity(EcssCounters.NONE, 1, 0, 0, memory);
  }
}

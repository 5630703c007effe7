package jingwei.actors.train;

import java.util.List;
import jingwei.actors.device.DeviceActivity;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.store.HostActivity;

/**
 * Counters of a trainer's work since the start, and the memory that it uses.
 *
 * @param ecss counters of the schedulers of all devices together
 * @param workers number of workers of all devices
 * @param workerBusyNanos computing time of all workers together
 * @param mostWaiting most pieces of work that waited for a workspace at once since the last reading
 * @param updateNanos computing time of the updates of experts, a part of that of the workers
 * @param memory native memory in use
 */
public record Activity(
    EcssCounters ecss,
    int workers,
    long workerBusyNanos,
    int mostWaiting,
    long updateNanos,
    Memory memory) {
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
   * @param hosts all hosts together
   */
  static Activity of(List<DeviceActivity> devices, HostActivity hosts) {
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
        ecss,
        Math.max(1, workers),
        busyNanos,
        mostWaiting,
        hosts.updateNanos(),
        new Memory(deviceBytes, hosts.memoryBytes()));
  }

  /** The same with the memory through which the states of owners are moved, beside a host. */
  Activity withStates(long bytes) {
    return new Activity(
        ecss,
        workers,
        workerBusyNanos,
        mostWaiting,
        updateNanos,
        new Memory(memory.deviceBytes, memory.hostBytes + bytes));
  }

  /** The activity of a trainer without actors. */
  public static Activity ofNoActors(Memory memory) {
    return new Activity(EcssCounters.NONE, 1, 0, 0, 0, memory);
  }
}

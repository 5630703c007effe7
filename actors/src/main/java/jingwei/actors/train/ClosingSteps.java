package jingwei.actors.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.device.DeviceActivity;
import jingwei.actors.store.HostActivity;

/** The steps that are over for all owners, until every device and host has closed them. */
final class ClosingSteps {
  private final TreeMap<Long, Closing> steps = new TreeMap<>();

  /**
   * A step that every node has closed.
   *
   * @param activity counters of all devices and hosts
   */
  record ClosedStep(StepState state, Activity activity) {}

  private static final class Closing {
    private final StepState state;
    private final int numDevices;
    private final int numHosts;
    private final Map<Integer, DeviceActivity> devices = new TreeMap<>();
    private final Map<Integer, HostActivity> hosts = new HashMap<>();

    Closing(StepState state, int numDevices, int numHosts) {
      this.state = state;
      this.numDevices = numDevices;
      this.numHosts = numHosts;
    }

    boolean isClosed() {
      return devices.size() == numDevices && hosts.size() == numHosts;
    }

    ClosedStep closed() {
      return new ClosedStep(
          state,
          Activity.of(
              List.copyOf(devices.values()),
              hosts.values().stream().reduce(new HostActivity(0, 0), HostActivity::plus)));
    }
  }

  /** A step is over, and so many devices and hosts will close it. */
  void begin(long step, StepState state, int numDevices, int numHosts) {
    steps.put(step, new Closing(state, numDevices, numHosts));
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  boolean contains(long step) {
    return steps.containsKey(step);
  }

  /** A device has closed a step; false if it has said so before. */
  boolean closedByDevice(long step, int device, DeviceActivity activity) {
    return steps.get(step).devices.putIfAbsent(device, activity) == null;
  }

  /** A host has closed a step; false if it has said so before. */
  boolean closedByHost(long step, int node, HostActivity activity) {
    return steps.get(step).hosts.putIfAbsent(node, activity) == null;
  }

  /**
   * Removes the steps that every node has closed, the oldest first. A device may close a later step
   * first, which then waits for those before it.
   */
  List<ClosedStep> removeClosed() {
    List<ClosedStep> closed = new ArrayList<>();
    while (!steps.isEmpty() && steps.firstEntry().getValue().isClosed()) {
      closed.add(steps.pollFirstEntry().getValue().closed());
    }
    return closed;
  }

  /** The oldest of these steps. */
  StepState oldest() {
    return steps.firstEntry().getValue().state;
  }

  /** What the oldest of these steps waits for. */
  String oldestWaitsFor() {
    Closing oldest = steps.firstEntry().getValue();
    return "%d devices and %d hosts to close it"
        .formatted(
            oldest.numDevices - oldest.devices.size(), oldest.numHosts - oldest.hosts.size());
  }
}

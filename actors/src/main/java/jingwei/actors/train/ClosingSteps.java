package jingwei.actors.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** Those that have not closed it, devices by index and hosts by node. */
    private final SortedSet<Integer> missingDevices;

    private final SortedSet<Integer> missingHosts;
    private final Map<Integer, DeviceActivity> devices = new TreeMap<>();
    private final Map<Integer, HostActivity> hosts = new TreeMap<>();

    Closing(StepState state, Collection<Integer> devices, Collection<Integer> hosts) {
      this.state = state;
      this.missingDevices = new TreeSet<>(devices);
      this.missingHosts = new TreeSet<>(hosts);
    }

    boolean isClosed() {
      return missingDevices.isEmpty() && missingHosts.isEmpty();
    }

    ClosedStep closed() {
      return new ClosedStep(
          state,
          Activity.of(
              List.copyOf(devices.values()),
              hosts.values().stream().reduce(new HostActivity(0, 0), HostActivity::plus)));
    }
  }

  /**
   * A step is over, and these nodes will close it.
   *
   * @param devices by index
   * @param hosts by node
   */
  void begin(long step, StepState state, Collection<Integer> devices, Collection<Integer> hosts) {
    steps.put(step, new Closing(state, devices, hosts));
  }

  boolean isEmpty() {
    return steps.isEmpty();
  }

  boolean contains(long step) {
    return steps.containsKey(step);
  }

  /** A device has closed a step; false if it has said so before. */
  boolean closedByDevice(long step, int device, DeviceActivity activity) {
    Closing closing = steps.get(step);
    closing.missingDevices.remove(device);
    return closing.devices.putIfAbsent(device, activity) == null;
  }

  /** A host has closed a step; false if it has said so before. */
  boolean closedByHost(long step, int node, HostActivity activity) {
    Closing closing = steps.get(step);
    closing.missingHosts.remove(node);
    return closing.hosts.putIfAbsent(node, activity) == null;
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
    Stream<String> missing =
        Stream.concat(
            oldest.missingDevices.stream().map(device -> "device " + device),
            oldest.missingHosts.stream().map(host -> "host " + host));
    return missing.collect(Collectors.joining(", ")) + " to close it";
  }
}

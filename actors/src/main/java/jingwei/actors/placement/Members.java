package jingwei.actors.placement;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The nodes of a session, by number. A node may be a device and a host at once.
 *
 * @param devices nodes that compute
 * @param hosts nodes that keep experts
 */
public record Members(SortedSet<Integer> devices, SortedSet<Integer> hosts) {
  /** Most devices: a set of devices is kept in the bits of a long. */
  public static final int MOST_DEVICES = 63;

  /**
   * @throws IllegalArgumentException if there is no device or no host, if there are too many
   *     devices, or if a number is below zero
   */
  public Members {
    devices = ascending(devices);
    hosts = ascending(hosts);
    if (devices.isEmpty()
        || hosts.isEmpty()
        || devices.size() > MOST_DEVICES
        || devices.first() < 0
        || hosts.first() < 0) {
      throw new IllegalArgumentException("devices=%s hosts=%s".formatted(devices, hosts));
    }
  }

  /** A copy, whatever the order of the set. */
  private static SortedSet<Integer> ascending(SortedSet<Integer> numbers) {
    SortedSet<Integer> copy = new TreeSet<>();
    copy.addAll(numbers);
    return Collections.unmodifiableSortedSet(copy);
  }

  /** One node, 0, which is device and host. */
  public static Members alone() {
    return new Members(numbers(0, 1), numbers(0, 1));
  }

  /**
   * Every device and every host is a node of its own.
   *
   * @param devices number of devices; they follow the hosts
   * @param hosts number of hosts; their nodes are numbered from 0
   */
  public static Members of(int devices, int hosts) {
    return new Members(numbers(hosts, devices), numbers(0, hosts));
  }

  /** All nodes. */
  public SortedSet<Integer> nodes() {
    SortedSet<Integer> nodes = new TreeSet<>(devices);
    nodes.addAll(hosts);
    return nodes;
  }

  /**
   * The position of a device among the devices, counted from 0.
   *
   * @throws IllegalArgumentException if the node is not a device
   */
  public int positionOf(int device) {
    if (!devices.contains(device)) {
      throw new IllegalArgumentException("device=%d of %s".formatted(device, this));
    }
    return devices.headSet(device).size();
  }

  private static SortedSet<Integer> numbers(int from, int count) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      numbers.add(from + i);
    }
    return numbers;
  }
}

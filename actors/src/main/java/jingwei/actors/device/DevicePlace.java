package jingwei.actors.device;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The place of a device among those that share a step.
 *
 * @param node its number
 * @param index among the devices, from 0
 * @param devices how many there are
 * @param replicas logical replicas that it computes, in ascending order
 */
public record DevicePlace(int node, int index, int devices, List<Integer> replicas) {
  public DevicePlace {
    replicas = List.copyOf(replicas);
  }

  /** The only device, which computes all replicas. */
  public static DevicePlace alone(int numReplicas) {
    return new DevicePlace(0, 0, 1, IntStream.range(0, numReplicas).boxed().toList());
  }

  /**
   * Place of a replica among those of this device, from 0.
   *
   * @throws IllegalArgumentException if the device does not compute the replica
   */
  public int local(int replica) {
    int place = replicas.indexOf(replica);
    if (place < 0) {
      throw new IllegalArgumentException("replica=%d is not one of %s".formatted(replica, this));
    }
    return place;
  }

  /** Turns bits by place on this device into bits by number of the replica. */
  long global(long localBits) {
    long bits = 0;
    for (int place = 0; place < replicas.size(); place++) {
      bits |= (localBits >> place & 1) << replicas.get(place);
    }
    return bits;
  }
}

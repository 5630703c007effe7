package jingwei.actors.transport;

/**
 * How many nodes of each kind share the driver of a machine. Hosts have the first numbers, devices
 * the next ones.
 *
 * @param hosts at least one; the coordinator is beside host 0
 * @param devices at least one
 */
public record MachineNodes(int hosts, int devices) {

  /**
   * @throws IllegalArgumentException if there is no host or no device
   */
  public MachineNodes {
    if (hosts < 1 || devices < 1) {
      throw new IllegalArgumentException("hosts=%d devices=%d".formatted(hosts, devices));
    }
  }

  /** All nodes. */
  public int count() {
    return hosts + devices;
  }

  /**
   * Number of logs, one for each direction between two nodes that exchange tensors: devices among
   * each other, devices with hosts, and host 0 with all hosts, itself included.
   */
  long logs() {
    long amongDevices = (long) devices * (devices - 1);
    long withHosts = 2L * devices * hosts;
    long ofHostZero = 1 + 2L * (hosts - 1);
    return amongDevices + withHosts + ofHostZero;
  }
}

package jingwei.actors.node;

import java.util.function.Supplier;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Strays;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TransportPeers;
import jingwei.model.kernel.Backend;
import jingwei.model.kernel.CpuBackend;

/**
 * What a node brings to a session. Only the actors of this node share it.
 *
 * @param number of the node
 * @param workers threads that compute
 * @param hardware of its machine
 * @param peers how its transport reaches the other nodes
 * @param loans buffers lent to its transport
 * @param counters of the node
 * @param faults to inject on the node
 */
public record NodeResources(
    int number,
    int workers,
    Hardware hardware,
    TransportPeers peers,
    BufferLoans loans,
    Counters counters,
    FaultPlan faults) {
  /**
   * What the actors of a node count together.
   *
   * @param progress what gets done on the node
   * @param strays messages from other nodes that change nothing
   */
  public record Counters(Progress progress, Strays strays) {
    /** Counters at zero. */
    public static Counters of(Progress progress) {
      return new Counters(progress, new Strays());
    }
  }

  /** What gets done on the node. */
  public Progress progress() {
    return counters.progress;
  }

  /** Messages from other nodes that change nothing. */
  public Strays strays() {
    return counters.strays;
  }

  /**
   * What the machine of a node has.
   *
   * @param deviceBytes most bytes of a device's memory, if the node is one
   * @param hostBytes most bytes of a host's memory, if the node is one
   * @param backend makes the backend of a device, if the node is one
   */
  public record Hardware(long deviceBytes, long hostBytes, Supplier<Backend> backend) {
    /** Devices are CPUs. */
    public static Hardware cpu(long deviceBytes, long hostBytes) {
      return new Hardware(deviceBytes, hostBytes, CpuBackend::new);
    }
  }
}

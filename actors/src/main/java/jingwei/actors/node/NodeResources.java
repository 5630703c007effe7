package jingwei.actors.node;

import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TransportPeers;

/**
 * What a node brings to a session. Only the actors of this node share it.
 *
 * @param number of the node
 * @param workers threads that compute
 * @param budgets of its memory
 * @param peers how its transport reaches the other nodes
 * @param loans buffers lent to its transport
 * @param progress counts what gets done on the node
 * @param faults to inject on the node
 */
public record NodeResources(
    int number,
    int workers,
    Budgets budgets,
    TransportPeers peers,
    BufferLoans loans,
    Progress progress,
    FaultPlan faults) {
  /**
   * Most bytes of native memory.
   *
   * @param deviceBytes for a device, if the node is one
   * @param hostBytes for a host, if the node is one
   */
  public record Budgets(long deviceBytes, long hostBytes) {}
}

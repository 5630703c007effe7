package jingwei.actors.node;

import jingwei.actors.device.DevicePlace;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.step.Incarnation;
import jingwei.model.decoder.Decoder;

/**
 * What a node has to do in a session.
 *
 * @param run plan of the run
 * @param decoder of the plan's shape
 * @param placement says what this node does
 * @param step last step before the session
 * @param incarnation of the session
 * @param resources of the node
 * @param allocated runs when the node, as it starts, has allocated a part of its memory
 */
record NodePlan(
    RunPlan run,
    Decoder decoder,
    Placement placement,
    long step,
    Incarnation incarnation,
    NodeResources resources,
    Runnable allocated) {
  NodePlan(
      RunPlan run,
      Placement placement,
      long step,
      Incarnation incarnation,
      NodeResources resources,
      Runnable allocated) {
    this(run, new Decoder(run.model().shape()), placement, step, incarnation, resources, allocated);
  }

  int node() {
    return resources.number();
  }

  DevicePlace devicePlace() {
    Members members = placement.members();
    return new DevicePlace(
        node(), members.positionOf(node()), members.devices().size(), placement.replicasOf(node()));
  }
}

package jingwei.actors.train;

import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.model.step.StepRules;

/** Starts the nodes of a session: in this process, or in the processes of a cluster. */
public interface NodeLauncher {
  /** Starts all nodes in this process. */
  static NodeLauncher inThisProcess(NodeSettings nodes) {
    return LocalNodes.launcher(nodes);
  }

  /**
   * Starts all nodes but that of the session.
   *
   * @param rules of a step; there are at most as many devices as replicas
   * @param settings of each device
   * @param hardware of each node: memory and backend
   * @param faults to inject
   * @throws TrainerFault if a node does not start
   */
  LaunchedNodes launch(
      StepRules rules, ActorSettings settings, NodeResources.Hardware hardware, FaultPlan faults);

  /**
   * Whether another launch would start other nodes, because a node wants to join or to leave. The
   * run then launches them anew at a step boundary.
   */
  boolean isOutdated();
}

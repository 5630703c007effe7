package jingwei.actors.train;

import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Members;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;

/** Starts the nodes of a session: in this process, or in the processes of a cluster. */
public interface NodeLauncher {
  /** The nodes that take part. */
  Members members();

  /**
   * Starts all nodes but that of the session.
   *
   * @param settings of each device
   * @param hardware of the session's own node; others know theirs
   * @param faults to inject
   * @throws TrainerFault if a node does not start
   */
  LaunchedNodes launch(ActorSettings settings, NodeResources.Hardware hardware, FaultPlan faults);
}

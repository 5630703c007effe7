package jingwei.cluster.node;

import java.nio.file.Path;
import java.util.List;
import jingwei.actors.node.NodeResources;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.DriverSettings;
import jingwei.actors.transport.NodeEndpoint;
import jingwei.actors.transport.SharedDriver;
import jingwei.actors.transport.TransportPeers;
import jingwei.model.kernel.CpuBackend;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/**
 * A node's part in an epoch of a session.
 *
 * @param session name of the session
 * @param epoch number of the epoch
 * @param number of the node in the epoch
 * @param endpoints of all nodes of the epoch, by number
 * @param settings of the actors, with the workers of this node
 * @param deviceBytes most bytes of a device's memory
 * @param hostBytes most bytes of a host's memory
 */
public record Share(
    String session,
    long epoch,
    int number,
    List<NodeEndpoint> endpoints,
    ActorSettings settings,
    long deviceBytes,
    long hostBytes)
    implements ClusterMessage {
  public Share {
    endpoints = List.copyOf(endpoints);
  }

  /** Whether the node is the only one of the epoch. */
  boolean isAlone() {
    return endpoints.size() == 1;
  }

  /** Starts the actor system that plays this part. */
  <T> ActorSystem<T> start(Behavior<T> guardian, String name) {
    return ActorSystem.create(
        guardian,
        name,
        isAlone()
            ? SystemConfiguration.of(settings.workers(), false)
            : SystemConfiguration.of(settings.workers(), endpoints.get(number).host()));
  }

  /**
   * What the node brings; starts the Aeron driver of this machine if it does not run.
   *
   * @param driver settings of that driver
   * @throws RuntimeException if the driver does not start, or has no room
   */
  NodeResources resources(DriverSettings driver, Progress progress, FaultPlan faults) {
    return new NodeResources(
        number,
        settings.workers(),
        new NodeResources.Hardware(deviceBytes, hostBytes, CpuBackend::new),
        isAlone() ? new TransportPeers.Alone() : peers(driver),
        new BufferLoans(),
        NodeResources.Counters.of(progress),
        faults);
  }

  private TransportPeers peers(DriverSettings driver) {
    long logs = peersAt(driver.folder()).logs(endpoints.get(number).machine());
    return peersAt(SharedDriver.ensure(driver, settings.transport(), logs));
  }

  private TransportPeers.Cluster peersAt(Path folder) {
    return new TransportPeers.Cluster(
        folder, endpoints, TransportPeers.Cluster.firstStream(session.hashCode(), epoch));
  }
}

package jingwei.actors.device;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.actors.placement.Placement;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The actors of all nodes that other nodes talk to, and the placement of the work.
 *
 * @param placement says which node does what
 * @param coordinator receives reports about steps
 * @param devices in the order of the placement's members
 * @param hosts in the order of the placement's members
 */
public record Directory(
    Placement placement,
    ActorRef<StepEvent> coordinator,
    List<OfDevice> devices,
    List<OfHost> hosts) {

  /**
   * The actors of a device.
   *
   * @param node its number
   * @param owners of the stages that the device owns, by stage
   * @param applied is told about updates in the stores
   */
  public record OfDevice(
      int node,
      ActorRef<Admission.Command> admission,
      SortedMap<Integer, ActorRef<StageOwner.Command>> owners,
      ActorRef<ParameterStore.Applied> applied) {
    public OfDevice {
      owners = Collections.unmodifiableSortedMap(new TreeMap<>(owners));
    }
  }

  /** The store of a host, and the number of its node. */
  public record OfHost(int node, ActorRef<ParameterStore.Command> store) {}

  public Directory {
    devices = List.copyOf(devices);
    hosts = List.copyOf(hosts);
  }

  /** The actor that owns a dense stage. */
  public ActorRef<StageOwner.Command> owner(int stage) {
    int node = placement.nodeOfStage(stage);
    return devices.stream()
        .filter(device -> device.node == node)
        .findFirst()
        .orElseThrow()
        .owners
        .get(stage);
  }

  /** The store that keeps an expert. */
  public ActorRef<ParameterStore.Command> storeOf(int expert) {
    int node = placement.hostOfExpert(expert);
    return hosts.stream().filter(host -> host.node == node).findFirst().orElseThrow().store;
  }
}

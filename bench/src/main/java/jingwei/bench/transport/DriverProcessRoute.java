package jingwei.bench.transport;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.DriverSettings;
import jingwei.actors.transport.NodeEndpoint;
import jingwei.actors.transport.SharedDriver;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransportNode;
import jingwei.actors.transport.TransportPeers.Cluster;
import jingwei.actors.transport.TransportSettings;
import org.agrona.IoUtil;
import org.apache.pekko.actor.typed.ActorSystem;

/**
 * The product's own transport between two nodes of a cluster. Both are in this process, and each
 * machine has a driver process.
 */
final class DriverProcessRoute implements TensorRoute {
  private static final TransportSettings SETTINGS = TransportSettings.defaults();
  private static final String LOOPBACK = "127.0.0.1";
  private static final long INCARNATION = 1;
  private static final long END_SECONDS = 30;
  private static final int DEVICE = 0;
  private static final int HOST = 1;

  private final BufferLoans deviceLoans = new BufferLoans();
  private final BufferLoans hostLoans = new BufferLoans();
  private final String name;
  private final Path folder;
  private final List<NodeEndpoint> endpoints;
  private final ActorSystem<TensorTransport.Command> device;
  private final ActorSystem<TensorTransport.Command> host;
  private final TransferEnds ends;

  private DriverProcessRoute(String name, String deviceMachine, String hostMachine) {
    this.name = name;
    try {
      folder = Files.createTempDirectory(DriverSettings.of(SETTINGS).folder().getParent(), name);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    endpoints =
        List.of(
            NodeEndpoint.onFreePort(deviceMachine, LOOPBACK),
            NodeEndpoint.onFreePort(hostMachine, LOOPBACK));
    device = start(DEVICE, deviceLoans);
    host = start(HOST, hostLoans);
    ends = new TransferEnds(name);
  }

  /** Both nodes on one machine. */
  static DriverProcessRoute ipc() {
    return new DriverProcessRoute("driver-ipc", "machine", "machine");
  }

  /** Two machines, both of which are this one: tensors go over UDP on the loopback. */
  static DriverProcessRoute udp() {
    return new DriverProcessRoute("driver-udp", "device-machine", "host-machine");
  }

  private ActorSystem<TensorTransport.Command> start(int node, BufferLoans loans) {
    Path driver = SharedDriver.ensure(settings(endpoints.get(node)), SETTINGS, endpoints.size());
    TransportNode at =
        new TransportNode(
            node, INCARNATION, new Cluster(driver, endpoints, Cluster.firstStream(0, INCARNATION)));
    return ActorSystem.create(
        TensorTransport.create(SETTINGS, at, loans, FaultPlan.none(), new Progress()),
        name + "-" + node);
  }

  private DriverSettings settings(NodeEndpoint endpoint) {
    return DriverSettings.in(folder.resolve(endpoint.machine()));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void send(MemorySegment from, MemorySegment to, Runnable arrived) {
    TensorRef tensor = ends.next(INCARNATION, from.byteSize(), arrived);
    hostLoans.lendDestination(tensor, to);
    deviceLoans.lendSource(tensor, from);
    host.tell(new TensorTransport.Receive(tensor, ends.actor()));
    device.tell(new TensorTransport.Send(tensor, HOST, ends.actor()));
  }

  @Override
  public void close() {
    Routes.end(device);
    Routes.end(host);
    ends.close();
    for (NodeEndpoint endpoint : endpoints) {
      SharedDriver.process(settings(endpoint)).ifPresent(DriverProcessRoute::end);
    }
    IoUtil.delete(folder.toFile(), true);
  }

  private static void end(ProcessHandle driver) {
    driver.destroy();
    driver.onExit().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
  }
}

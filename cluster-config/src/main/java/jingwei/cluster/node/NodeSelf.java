package jingwei.cluster.node;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.actors.transport.DriverSettings;
import jingwei.actors.transport.NodeEndpoint;
import jingwei.actors.transport.TransportSettings;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.NodeRole;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.typed.Cluster;

/** What this node knows of itself. */
final class NodeSelf {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  private final ClusterSettings settings;
  private final UniqueAddress unique;
  private final String machine;
  private final AtomicInteger runs = new AtomicInteger();
  private final AtomicLong newestEpoch = new AtomicLong();
  private volatile NodeEndpoint endpoint;
  private volatile long ledEpoch;

  NodeSelf(ClusterSettings settings, ActorSystem<?> system) {
    this.settings = settings;
    this.unique = Cluster.get(system).selfMember().uniqueAddress();
    this.machine = settings.machine().isEmpty() ? thisMachine() : settings.machine();
    changeEndpoint();
  }

  /** HOST:PORT of the control messages of this node. */
  String address() {
    return addressOf(unique);
  }

  ClusterSettings settings() {
    return settings;
  }

  /** This process led an epoch, and knows how it ended. */
  void led(long epoch) {
    ledEpoch = epoch;
  }

  /** The last epoch that this process led; 0 if there was none. */
  long ledEpoch() {
    return ledEpoch;
  }

  /** A run of a session begins here. */
  void runBegins() {
    runs.incrementAndGet();
  }

  /** It has let go of its folder. */
  void runEnded() {
    runs.decrementAndGet();
  }

  /** Whether a run is still at work, even of a leader that failed. */
  boolean isRunning() {
    return runs.get() > 0;
  }

  /** This node was asked to take part in an epoch. */
  void sawEpoch(long epoch) {
    newestEpoch.accumulateAndGet(epoch, Math::max);
  }

  /** The highest number of an epoch that this node was asked to take part in. */
  long newestEpoch() {
    return newestEpoch.get();
  }

  /** Whether this node may lead sessions, and so keeps them. */
  boolean isCoordinator() {
    return settings.roles().contains(NodeRole.COORDINATOR);
  }

  /** What the others are told. */
  NodeDescription info() {
    return new NodeDescription(
        address(),
        unique.longUid(),
        settings.roles(),
        Runtime.getRuntime().availableProcessors(),
        endpoint);
  }

  /** Takes another port for tensors. */
  void changeEndpoint() {
    endpoint = NodeEndpoint.onFreePort(machine, settings.address().host());
  }

  /** The Aeron driver of this machine. Nodes that say they are on other machines share none. */
  DriverSettings driver() {
    DriverSettings usual = DriverSettings.of(TransportSettings.defaults());
    return settings.machine().isEmpty() ? usual : usual.onMachine(machine);
  }

  /** HOST:PORT of a member. */
  static String addressOf(UniqueAddress member) {
    String host = member.address().getHost().get();
    String port = String.valueOf(member.address().getPort().get());
    return host + ":" + port;
  }

  /** Containers of one machine have names of their own, and their shared memory is not shared. */
  private static String thisMachine() {
    try {
      String boot = Files.isReadable(BOOT) ? Files.readString(BOOT).strip() : "";
      return InetAddress.getLocalHost().getHostName() + "-" + boot;
    } catch (IOException e) {
      return "machine";
    }
  }
}

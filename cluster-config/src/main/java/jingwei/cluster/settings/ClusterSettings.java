package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jingwei.model.UserException;

/**
 * Settings of a cluster node, from {@code jingwei-node.conf}, a file of the user and the command
 * line.
 *
 * @param address where the other nodes reach this one; port 0 for a free one
 * @param seeds nodes to join through; this node alone if empty
 * @param roles of the node
 * @param folder of the sessions
 * @param data folders that sessions may read
 * @param isInsecure whether the node may listen elsewhere than on the loopback
 * @param machine name of the machine; empty for its own
 */
public record ClusterSettings(
    HostPort address,
    List<HostPort> seeds,
    Set<NodeRole> roles,
    Path folder,
    List<Path> data,
    boolean isInsecure,
    String machine) {
  private static final String RESOURCE = "jingwei-node.conf";

  /**
   * @throws UserException if there is no role, or the address needs {@code insecure = true}
   */
  public ClusterSettings {
    seeds = List.copyOf(seeds);
    roles = Set.copyOf(roles);
    data = List.copyOf(data);
    if (roles.isEmpty()) {
      throw new UserException(
          "The node has no role; give --roles with one or more of device, host and coordinator.");
    }
    if (!isInsecure && !isLoopback(address.host())) {
      throw new UserException(
          "cluster.host = %s is not the loopback, and messages between nodes are not encrypted; set cluster.insecure = true if everybody who reaches this address may use the cluster."
              .formatted(address.host()));
    }
  }

  /** Whether a warning is due, since strangers may reach the node. */
  public boolean isOpen() {
    return !isLoopback(address.host());
  }

  /**
   * Resolves the settings.
   *
   * @param file HOCON of the user; null for none
   * @throws UserException if a key is unknown or a value is wrong
   */
  public static ClusterSettings resolve(Path file, NodeOverrides overrides) {
    Config defaults = Hocon.resource(RESOURCE, "default");
    Config config = given(overrides);
    for (String assignment : overrides.assignments()) {
      config =
          config.withFallback(
              Configuration.known(
                  Hocon.values(assignment, "--set", "--set " + assignment), defaults, "--set"));
    }
    if (file != null) {
      config =
          config.withFallback(Configuration.known(Hocon.userFile(file), defaults, file.toString()));
    }
    Config values = Hocon.resolved(config.withFallback(defaults));
    return ConfigValues.read(values.getConfig("cluster"), ClusterSettings::of);
  }

  private static ClusterSettings of(Config config) {
    Set<NodeRole> roles = new TreeSet<>();
    config.getStringList("roles").forEach(role -> roles.add(NodeRole.of(role.strip())));
    return new ClusterSettings(
        new HostPort(config.getString("host"), ConfigValues.whole(config, "port")),
        config.getStringList("seeds").stream().map(seed -> HostPort.parse(seed, "seed")).toList(),
        roles,
        Path.of(config.getString("folder")).toAbsolutePath().normalize(),
        config.getStringList("data").stream()
            .map(folder -> Path.of(folder).toAbsolutePath().normalize())
            .toList(),
        config.getBoolean("insecure"),
        config.getString("machine"));
  }

  private static Config given(NodeOverrides overrides) {
    Map<String, Object> values = new LinkedHashMap<>();
    put(values, "roles", overrides.roles());
    put(values, "host", overrides.host());
    put(values, "port", overrides.port());
    put(values, "seeds", overrides.seeds());
    put(values, "folder", overrides.folder());
    return ConfigFactory.parseMap(values, "command line");
  }

  private static void put(Map<String, Object> values, String key, Object value) {
    if (value != null) {
      values.put("cluster." + key, value);
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new UserException(
          "The host '%s' is not known on this machine; give cluster.host an address of this machine."
              .formatted(host),
          e);
    }
  }
}

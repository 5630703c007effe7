package jingwei.cluster.trial;

import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.settings.HostPort;

/**
 * Each node in a network namespace of its own, which a cable joins to a bridge on this machine. A
 * node that is cut off is joined to another bridge, with all others that are. The nodes take each
 * other for machines, so tensors go between them by UDP.
 */
final class Namespaces implements TrialNetwork {
  private static final int PORT = 7100;

  /** The names of interfaces have at most 15 characters. */
  private static final long MOST_PID = 10_000_000;

  private static final int NETWORKS = 256;
  private static final int BRIDGE_HOST = 254;

  private final long pid;
  private final String bridge;

  /** Joins the nodes that are cut off. */
  private final String farBridge;

  private final int network;
  private final List<Integer> added = new ArrayList<>();

  /**
   * Makes the bridge.
   *
   * @throws jingwei.cluster.session.FaultException if that fails
   */
  Namespaces(long pid) {
    this.pid = pid % MOST_PID;
    this.network = (int) (pid % NETWORKS);
    this.bridge = "jw%d".formatted(this.pid);
    this.farBridge = bridge + "x";
    ip("link", "add", bridge, "type", "bridge");
    try {
      ip("link", "add", farBridge, "type", "bridge");
      ip("link", "set", farBridge, "up");
      ip("addr", "add", address(BRIDGE_HOST) + "/24", "dev", bridge);
      ip("link", "set", bridge, "up");
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Whether this process may make namespaces, and has the command {@code ip}. */
  static boolean arePossible() {
    String name = "jwp%d".formatted(ProcessHandle.current().pid() % MOST_PID);
    return Shell.succeeds(List.of("ip", "netns", "add", name))
        && Shell.succeeds(List.of("ip", "netns", "del", name));
  }

  @Override
  public HostPort add(int number) {
    String namespace = namespace(number);
    String cable = cable(number);
    ip("netns", "add", namespace);
    added.add(number);
    ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    ip("link", "set", cable, "master", bridge);
    ip("link", "set", cable, "up");
    ip("-n", namespace, "addr", "add", address(number) + "/24", "dev", "eth0");
    ip("-n", namespace, "link", "set", "eth0", "up");
    ip("-n", namespace, "link", "set", "lo", "up");
    return new HostPort(address(number), PORT);
  }

  @Override
  public String machine(int number) {
    return namespace(number);
  }

  @Override
  public List<String> at(int number, List<String> command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace(number)));
    inside.addAll(command); // ip becomes this command, so the process stays the same
    return inside;
  }

  @Override
  public void cut(int number) {
    ip("link", "set", cable(number), "master", farBridge);
  }

  @Override
  public void mend(int number) {
    ip("link", "set", cable(number), "master", bridge);
  }

  @Override
  public void close() {
    for (int number : added) {
      Shell.succeeds(List.of("ip", "link", "del", cable(number)));
      Shell.succeeds(List.of("ip", "netns", "del", namespace(number)));
    }
    added.clear();
    Shell.succeeds(List.of("ip", "link", "del", bridge));
    Shell.succeeds(List.of("ip", "link", "del", farBridge));
  }

  /** From the range for tests of networks (RFC 2544), which nobody routes. */
  private String address(int host) {
    return "198.18.%d.%d".formatted(network, host);
  }

  private String namespace(int number) {
    return "jw%d-%d".formatted(pid, number);
  }

  private String cable(int number) {
    return "jw%d.%d".formatted(pid, number);
  }

  private static void ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    Shell.run(command);
  }
}

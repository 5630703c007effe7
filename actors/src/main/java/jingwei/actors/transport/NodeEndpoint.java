package jingwei.actors.transport;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

/**
 * Where a node of a cluster receives tensors.
 *
 * @param machine nodes with the same name share the Aeron driver of one folder; they exchange
 *     tensors by IPC, nodes of different machines by UDP
 * @param host name or address at which other machines reach the node
 * @param port UDP port of the node; 0 if all nodes of the cluster are on its machine
 */
public record NodeEndpoint(String machine, String host, int port) {
  private static final int MAX_PORT = 65_535;

  /**
   * @throws IllegalArgumentException if a name is empty, or the port is none
   */
  public NodeEndpoint {
    Objects.requireNonNull(machine, "machine");
    if (machine.isEmpty() || host.isEmpty() || port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "machine=%s host=%s port=%d".formatted(machine, host, port));
    }
  }

  /**
   * An endpoint of this machine whose UDP port nobody uses now. Another process may take the port
   * before the node does: the node then fails, and another endpoint must be chosen.
   *
   * @param host local address
   * @throws TransportException if this machine does not have the address
   */
  public static NodeEndpoint onFreePort(String machine, String host) {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getByName(host), 0))) {
      return new NodeEndpoint(machine, host, socket.getLocalPort());
    } catch (IOException e) {
      throw new TransportException(
          "this machine has no UDP port at %s: %s".formatted(host, e.getMessage()), e);
    }
  }

  /** Whether the host is the loopback, named by its address or as localhost. */
  boolean isLoopback() {
    return host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
  }

  /** Host and port as they stand in a channel of Aeron. */
  String hostAndPort() {
    return (host.contains(":") ? "[%s]:%d" : "%s:%d").formatted(host, port);
  }
}

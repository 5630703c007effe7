package jingwei.cluster.settings;

import jingwei.model.UserException;

/**
 * Where a node listens for control messages.
 *
 * @param host name or address, without brackets
 * @param port TCP port; 0 for a free one
 */
public record HostPort(String host, int port) {
  private static final int MAX_PORT = 65_535;

  /**
   * @throws UserException if there is no host, or no such port
   */
  public HostPort {
    if (host.isBlank() || port < 0 || port > MAX_PORT) {
      throw new UserException(
          "%s:%d is not a host with a port between 0 and %d.".formatted(host, port, MAX_PORT));
    }
  }

  /**
   * Reads {@code HOST:PORT}, or {@code [HOST]:PORT} for an address of IPv6.
   *
   * @param what it is, for the message
   * @throws UserException if it is something else
   */
  public static HostPort parse(String text, String what) {
    String given = text.strip();
    int colon = given.lastIndexOf(':');
    try {
      if (colon > 0) {
        return new HostPort(
            given.substring(0, colon).replaceAll("^\\[(.*)]$", "$1"),
            Integer.parseInt(given.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      throw notOne(given, what, e);
    }
    throw notOne(given, what, null);
  }

  private static UserException notOne(String given, String what, Exception cause) {
    return new UserException(
        "The %s '%s' is not of the form HOST:PORT, as in 127.0.0.1:7100.".formatted(what, given),
        cause);
  }

  /** As in an address of an actor. */
  @Override
  public String toString() {
    return (host.contains(":") ? "[%s]:%d" : "%s:%d").formatted(host, port);
  }
}

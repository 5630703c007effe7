package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import jingwei.cluster.settings.HostPort;

/** All nodes at the loopback of this machine, with one Aeron driver of their own. */
final class LoopbackNetwork implements TrialNetwork {
  private static final String HOST = "127.0.0.1";

  /**
   * Systems choose ports of outgoing connections above these. One of those might take the port of a
   * node that was killed and starts again.
   */
  private static final int FIRST_PORT = 20_000;

  private static final int LAST_PORT = 32_000;
  private static final int MOST_TRIES = 1_000;

  private final String machine;
  private final Set<Integer> taken = new HashSet<>();

  /**
   * @param machine a name that no other trial has
   */
  LoopbackNetwork(String machine) {
    this.machine = machine;
  }

  @Override
  public HostPort add(int number) {
    for (int i = 0; i < MOST_TRIES; i++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
      if (isFree(port) && taken.add(port)) {
        return new HostPort(HOST, port);
      }
    }
    throw new UncheckedIOException(
        new IOException(
            "no free port between %d and %d at %s".formatted(FIRST_PORT, LAST_PORT, HOST)));
  }

  @Override
  public String machine(int number) {
    return machine;
  }

  @Override
  public List<String> at(int number, List<String> command) {
    return command;
  }

  @Override
  public void cut(int number) {
    throw new IllegalStateException("a loopback cannot be cut");
  }

  @Override
  public void mend(int number) {
    throw new IllegalStateException("a loopback cannot be cut");
  }

  @Override
  public void close() {
    // There is nothing to remove.
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}

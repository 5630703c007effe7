package jingwei.actors.transport;

import java.nio.file.Path;
import java.util.Objects;

/** The nodes that tensors can be sent to, and the Aeron driver that they share. */
public sealed interface TransportPeers {
  /** The node is the only one. Its transport runs a driver of its own. */
  record Alone() implements TransportPeers {}

  /**
   * Nodes of one machine share a {@link MachineDriver}.
   *
   * @param driver folder of the driver
   * @param nodes number of nodes; they are numbered from 0
   */
  record Machine(Path driver, int nodes) implements TransportPeers {
    public Machine {
      Objects.requireNonNull(driver, "driver");
    }
  }
}

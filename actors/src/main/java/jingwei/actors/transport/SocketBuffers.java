package jingwei.actors.transport;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/**
 * Buffers of the UDP socket of an inbox. All nodes of other machines send to this one socket, and
 * what does not fit into its buffer is lost and sent again. So the windows of all senders together
 * fit into the buffer.
 *
 * @param receiveBytes of the socket's receive buffer
 */
record SocketBuffers(int receiveBytes) {
  /** More than a sender fills between two rounds of the driver. */
  private static final int WANTED_BYTES = 4 << 20;

  /** Fewer bytes between two status messages are slow, and a window holds a few datagrams. */
  private static final int LEAST_WINDOW_BYTES = 128 << 10;

  /**
   * The largest buffers that the operating system grants, up to 4 MB. Linux grants {@code
   * net.core.rmem_max}, often 208 KB.
   *
   * @throws TransportException if no socket can be opened
   */
  static SocketBuffers granted() {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, WANTED_BYTES);
      return new SocketBuffers(
          Math.min(WANTED_BYTES, channel.getOption(StandardSocketOptions.SO_RCVBUF)));
    } catch (IOException e) {
      throw new TransportException("no UDP socket can be opened: " + e.getMessage(), e);
    }
  }

  /** Most bytes that each of several senders has under way. */
  int windowBytes(int senders) {
    return Math.min(receiveBytes, Math.max(LEAST_WINDOW_BYTES, receiveBytes / senders));
  }
}

package jingwei.actors.transport;

import io.aeron.CommonContext;
import io.aeron.driver.Configuration;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.transport.TransportPeers.Cluster;

/**
 * Where the inbox of a node is: an Aeron channel and a stream of it.
 *
 * @param channel of Aeron
 * @param stream of the channel
 */
record NodeAddress(String channel, int stream) {
  private static final int FIRST_STREAM = 1;

  /** The inbox of a node whose transport uses the same driver. */
  static NodeAddress sameDriver(int node) {
    return new NodeAddress(CommonContext.IPC_CHANNEL, FIRST_STREAM + node);
  }

  /**
   * Where a node of a cluster writes its tensors to another node. The loopback carries datagrams of
   * any size, and large ones are much faster; on other networks, the driver's MTU is used.
   *
   * @param termBytes length of a term of the log
   */
  static NodeAddress of(Cluster cluster, int from, int to, int termBytes) {
    int stream = cluster.firstStream() + to;
    if (cluster.isSameMachine(from, to)) {
      return new NodeAddress(CommonContext.IPC_CHANNEL + "?term-length=" + termBytes, stream);
    }
    NodeEndpoint endpoint = cluster.endpoints().get(to);
    String mtu = endpoint.isLoopback() ? "|mtu=" + Configuration.MAX_UDP_PAYLOAD_LENGTH : "";
    return new NodeAddress(
        "aeron:udp?endpoint=%s|term-length=%d%s".formatted(endpoint.hostAndPort(), termBytes, mtu),
        stream);
  }

  /** Where a node of a cluster reads: by IPC, and by UDP if there are nodes on other machines. */
  static List<NodeAddress> inboxes(Cluster cluster, int node, SocketBuffers buffers) {
    int stream = cluster.firstStream() + node;
    List<NodeAddress> inboxes = new ArrayList<>();
    inboxes.add(new NodeAddress(CommonContext.IPC_CHANNEL, stream));
    int senders = cluster.remoteNodes(node);
    if (senders > 0) {
      inboxes.add(
          new NodeAddress(
              "aeron:udp?endpoint=%s|so-rcvbuf=%d|rcv-wnd=%d"
                  .formatted(
                      cluster.endpoints().get(node).hostAndPort(),
                      buffers.receiveBytes(),
                      buffers.windowBytes(senders)),
              stream));
    }
    return inboxes;
  }
}

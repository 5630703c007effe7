package jingwei.actors.transport;

import io.aeron.CommonContext;

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
}

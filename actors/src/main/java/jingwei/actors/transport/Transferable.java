package jingwei.actors.transport;

/**
 * A buffer that moves without a copy between two ends that share one memory space: if both lend one
 * to a transport by handover, the source does the transfer.
 */
public interface Transferable {
  /** The bytes to send, or to receive into. */
  TensorBytes bytes();

  /** Gives the receiver these bytes; called in the transport's thread while both are lent. */
  void transferTo(Transferable receiver);
}

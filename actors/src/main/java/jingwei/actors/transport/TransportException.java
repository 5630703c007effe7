package jingwei.actors.transport;

/**
 * The transport of a node failed: its log cannot be opened, its driver stopped, or a file system is
 * full. All open requests were answered. The supervisor of the transport decides whether to restart
 * it.
 */
public final class TransportException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TransportException(String message) {
    super(message);
  }

  TransportException(String message, Throwable cause) {
    super(message, cause);
  }
}

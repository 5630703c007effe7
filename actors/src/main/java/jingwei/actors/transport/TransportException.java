package jingwei.actors.transport;

/**
 * The transport of a node can not go on: its log can not be opened, its driver stopped, a file
 * system is full. Open requests have been answered; the supervisor of the transport decides whether
 * to start it again.
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

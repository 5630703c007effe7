package jingwei.cluster.session;

/**
 * A fault that ended the run. The message is one sentence: the fault, and the checkpoint that is
 * saved.
 */
public final class FaultException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public FaultException(String message, Throwable cause) {
    super(message, cause);
  }
}

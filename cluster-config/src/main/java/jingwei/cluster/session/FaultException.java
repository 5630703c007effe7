package jingwei.cluster.session;

/** A fault that the run did not survive; one sentence says which, and what is saved. */
public final class FaultException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public FaultException(String message, Throwable cause) {
    super(message, cause);
  }
}

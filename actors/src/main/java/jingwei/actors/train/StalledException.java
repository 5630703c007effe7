package jingwei.actors.train;

/** Somebody waited past the deadline; the message says who waited for whom. */
public final class StalledException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StalledException(String message) {
    super(message);
  }
}

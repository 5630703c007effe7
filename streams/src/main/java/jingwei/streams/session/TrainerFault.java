package jingwei.streams.session;

import jingwei.actors.train.NonFiniteStepException;

/** An actor failed and its session ended. Nothing on disk is touched; a new trainer may go on. */
public final class TrainerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  TrainerFault(String actor, Throwable cause) {
    super("actor=%s failed: %s".formatted(actor, reason(cause)), cause);
  }

  TrainerFault(String message) {
    super(message);
  }

  /** The step that must be refused when the run goes over it again; 0 if it was another fault. */
  public long stepToRefuse() {
    return getCause() instanceof NonFiniteStepException notFinite ? notFinite.step() : 0;
  }

  private static String reason(Throwable cause) {
    Throwable root = cause;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.getClass().getSimpleName() : message;
  }
}

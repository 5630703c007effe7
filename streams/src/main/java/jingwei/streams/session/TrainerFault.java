package jingwei.streams.session;

import jingwei.actors.train.NonFiniteStepException;
import jingwei.actors.train.StalledException;
import jingwei.model.UserException;
import jingwei.model.memory.OutOfBudgetException;

/** An actor failed and its session ended. Nothing on disk is touched; a new trainer may go on. */
public final class TrainerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private TrainerFault(String actor, Throwable cause) {
    super("the actor %s failed (%s)".formatted(actor, reason(cause)), cause);
  }

  /** A fault, or what the user has to mend if that is what the actor met. */
  static RuntimeException of(String actor, Throwable cause) {
    return switch (cause) {
      case UserException mistake -> mistake;
      case OutOfBudgetException tooLittle -> tooLittle;
      case StalledException stalled -> new TrainerFault(stalled);
      default -> new TrainerFault(actor, cause);
    };
  }

  private TrainerFault(StalledException stalled) {
    super(stalled.getMessage(), stalled);
  }

  TrainerFault(String message) {
    super(message);
  }

  /**
   * Whether the same steps may well come through another time. A wait past its deadline is not
   * tried again: whoever is waited for may still hold a lane. Nor is a lack of memory.
   */
  public boolean isWorthARestart() {
    for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof StalledException || cause instanceof VirtualMachineError) {
        return false;
      }
    }
    return getCause() != null;
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

package jingwei.actors.train;

import java.util.Optional;
import jingwei.model.UserException;
import jingwei.model.memory.OutOfBudgetException;
import jingwei.model.step.BadStepException;

/**
 * An actor failed and its session ended. Nothing on disk is touched; a new trainer may continue.
 */
public final class TrainerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private TrainerFault(String message, Throwable cause) {
    super(message, cause);
  }

  /** The fault of an actor, or its cause if the user can mend that. */
  static RuntimeException of(String actor, Throwable cause) {
    for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
      if (inner instanceof OutOfBudgetException tooLittle) {
        return tooLittle; // other actors may have passed it on
      }
    }
    return switch (cause) {
      case UserException mistake -> mistake;
      case StalledException stalled -> new TrainerFault(stalled.getMessage(), stalled);
      case BadStepException bad -> new TrainerFault(bad.getMessage(), bad);
      default ->
          new TrainerFault("the actor %s failed (%s)".formatted(actor, reason(cause)), cause);
    };
  }

  TrainerFault(String message) {
    super(message);
  }

  /**
   * Whether a restart may complete the same steps. A stall is not retried, since the missing actor
   * may still hold a workspace. A lack of memory is not retried, either.
   */
  public boolean isWorthARestart() {
    for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof StalledException || cause instanceof VirtualMachineError) {
        return false;
      }
    }
    return getCause() != null;
  }

  /**
   * Whether the weights are still those of the last committed step: a step stalled that no owner
   * may apply.
   */
  public boolean leftWeightsAsCommitted() {
    return getCause() instanceof StalledException stalled && stalled.leftWeightsAsCommitted();
  }

  /** The step that a replay must refuse; empty for any other fault. */
  public Optional<BadStepException> badStep() {
    return getCause() instanceof BadStepException bad ? Optional.of(bad) : Optional.empty();
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

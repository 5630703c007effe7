package jingwei.actors.train;

import java.util.Optional;
import jingwei.model.UserException;
import jingwei.model.memory.OutOfBudgetException;
import jingwei.model.step.BadStepException;

/** An actor failed and its session ended. Nothing on disk is touched; a new trainer may go on. */
public final class TrainerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private TrainerFault(String message, Throwable cause) {
    super(message, cause);
  }

  /** A fault, or what the user has to mend if that is what the actor met. */
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
   * Whether the same steps may well come through another time. A wait past its deadline is not
   * tried again: what it waits for may still hold a workspace. Nor is a lack of memory.
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
   * Whether the weights are still those of the last committed step: a wait passed its deadline in
   * the middle of a step, and no owner may apply that step.
   */
  public boolean leftWeightsAsCommitted() {
    return getCause() instanceof StalledException stalled && stalled.leftWeightsAsCommitted();
  }

  /** The step that must be refused when the run goes over it again; empty for another fault. */
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

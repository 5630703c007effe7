package jingwei.actors.node;

import java.util.List;
import jingwei.actors.step.FaultPlan;
import jingwei.model.UserException;
import jingwei.model.memory.OutOfBudgetException;

/**
 * What ended an actor, as a category and a text, so that it can travel between nodes.
 *
 * @param actor name of the actor
 * @param text of the cause
 * @param injected faults that the node has injected; one of them may be the cause, if only of the
 *     failure before this one
 */
public record Failure(
    Category category, String actor, String text, List<FaultPlan.Fault> injected) {
  public Failure {
    injected = List.copyOf(injected);
  }

  /** What can be done about a failure. */
  public enum Category {
    /** The user can correct it; the text is a sentence for the user. */
    MISTAKE,
    /** A budget of memory is too small. */
    BUDGET,
    /** The JVM has no more heap or threads; a restart would fail, too. */
    MACHINE,
    /** A restart may complete the same steps. */
    FAULT
  }

  /**
   * The failure of an actor by an exception.
   *
   * @param cause its causes are searched for the category, too
   */
  public static Failure of(String actor, Throwable cause) {
    for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
      switch (inner) {
        case OutOfBudgetException tooLittle -> {
          return new Failure(Category.BUDGET, actor, tooLittle.getMessage(), List.of());
        }
        case UserException mistake -> {
          return new Failure(Category.MISTAKE, actor, mistake.getMessage(), List.of());
        }
        case VirtualMachineError error -> {
          return new Failure(Category.MACHINE, actor, error.toString(), List.of());
        }
        default -> {}
      }
    }
    return new Failure(Category.FAULT, actor, reason(cause), List.of());
  }

  /** The same on a node with this copy of the run's faults. */
  public Failure on(FaultPlan faults) {
    return new Failure(category, actor, text, faults.injected());
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

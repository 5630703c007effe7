package jingwei.model.memory;

/** An allocation would exceed the budget of its memory. Nothing was allocated. */
public final class OutOfBudgetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The same on another node, which has reported this message. */
  public OutOfBudgetException(String message) {
    super(message);
  }

  OutOfBudgetException(String memory, long neededBytes, long availableBytes, long budgetBytes) {
    super(
        "memory=%s neededBytes=%d availableBytes=%d budgetBytes=%d"
            .formatted(memory, neededBytes, availableBytes, budgetBytes));
  }
}

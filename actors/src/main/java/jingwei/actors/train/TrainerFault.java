package jingwei.actors.train;

import java.util.Optional;
import java.util.stream.Stream;
import jingwei.actors.node.Failure;
import jingwei.model.UserException;
import jingwei.model.memory.OutOfBudgetException;
import jingwei.model.step.BadStepException;

/**
 * An actor failed and its session ended. Nothing on disk is touched; a new trainer may continue.
 */
public final class TrainerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What a new trainer may do. */
  private enum Remedy {
    /** A restart may complete the same steps. */
    RESTART,
    /** Another launch may complete the same steps; only nodes come and go. */
    RELAUNCH,
    /** The missing actor may still hold a workspace, or the machine is at its end. */
    NONE,
    /** Nothing may be restarted, but the weights are those of the last committed step. */
    NONE_BUT_SAVE
  }

  private final Remedy remedy;

  private TrainerFault(String message, Remedy remedy, Throwable cause) {
    super(message, cause);
    this.remedy = remedy;
  }

  TrainerFault(String message) {
    this(message, Remedy.NONE, null);
  }

  /** The fault of a step that cannot be trained on. */
  static TrainerFault of(BadStepException bad) {
    return new TrainerFault(bad.getMessage(), Remedy.RESTART, bad);
  }

  /**
   * The fault of nodes that could not be launched. Another launch may succeed.
   *
   * @param reason as in "node 127.0.0.1:7102 does not answer"
   */
  public static TrainerFault ofLaunch(String reason, Throwable cause) {
    return new TrainerFault(reason, Remedy.RELAUNCH, cause);
  }

  /** The fault that a session reports, or the mistake that the user can mend. */
  static RuntimeException of(SessionEvent event) {
    return switch (event) {
      case SessionEvent.SessionFailed(Failure failure) -> of(failure);
      case SessionEvent.NodeLost(String reason) -> new TrainerFault(reason, Remedy.RELAUNCH, null);
      case SessionEvent.SessionStalled(String text, boolean leftWeightsAsCommitted) ->
          new TrainerFault(text, leftWeightsAsCommitted ? Remedy.NONE_BUT_SAVE : Remedy.NONE, null);
      case SessionEvent.StepWasBad bad ->
          of(new BadStepException(bad.step(), bad.loss(), bad.norm(), bad.rollsBack()));
      default -> new IllegalStateException("unexpected " + event);
    };
  }

  private static RuntimeException of(Failure failure) {
    String sentence = "the actor %s failed (%s)".formatted(failure.actor(), failure.text());
    return switch (failure.category()) {
      case MISTAKE -> new UserException(failure.text());
      case BUDGET -> new OutOfBudgetException(failure.text());
      case MACHINE -> new TrainerFault(sentence, Remedy.NONE, null);
      case FAULT -> new TrainerFault(sentence, Remedy.RESTART, null);
    };
  }

  /**
   * Whether a restart may complete the same steps. A suppressed fault says that the actors did not
   * end: then one of them may still hold a workspace.
   */
  public boolean isWorthARestart() {
    return (remedy == Remedy.RESTART || remedy == Remedy.RELAUNCH)
        && Stream.of(getSuppressed()).noneMatch(TrainerFault.class::isInstance);
  }

  /** Whether a node was lost or did not start, which says nothing about the run. */
  public boolean isOfNodes() {
    return remedy == Remedy.RELAUNCH;
  }

  /**
   * Whether the weights are still those of the last committed step: a step stalled that no owner
   * may apply.
   */
  public boolean leftWeightsAsCommitted() {
    return remedy == Remedy.NONE_BUT_SAVE;
  }

  /** The step that a replay must refuse; empty for any other fault. */
  public Optional<BadStepException> badStep() {
    return getCause() instanceof BadStepException bad ? Optional.of(bad) : Optional.empty();
  }
}

package jingwei.actors.train;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.actors.node.Failure;
import jingwei.actors.step.StrayCounts;
import jingwei.model.loss.DomainLoss;
import jingwei.model.state.OwnerClock;
import jingwei.model.step.StepResult;

/** An event that a session reports to its trainer. */
public sealed interface SessionEvent {
  /** The actors of a node have started. */
  record NodeStarted(int node) implements SessionEvent {}

  /** All nodes have started and know each other. */
  record Connected() implements SessionEvent {}

  /** The counts of an owner. */
  record ClockIs(int owner, OwnerClock clock) implements SessionEvent {}

  /** The staging memory holds the state of an owner, or the owner has taken the state from it. */
  record StateMoved(int owner) implements SessionEvent {}

  /**
   * Every owner holds the new version.
   *
   * @param reads by owner index, the version that each owner read: its weights as they were after
   *     this step
   * @param activity of all devices and hosts since their start
   */
  record StepCommitted(StepResult result, SortedMap<Integer, Long> reads, Activity activity)
      implements SessionEvent {
    public StepCommitted {
      reads = Collections.unmodifiableSortedMap(new TreeMap<>(reads));
    }
  }

  /** Messages that have changed nothing on any node since the start. */
  record StraysCounted(StrayCounts counts) implements SessionEvent {}

  /** Losses of an evaluation, by domain index. */
  record EvaluationDone(long id, List<DomainLoss> domains, Activity activity)
      implements SessionEvent {
    public EvaluationDone {
      domains = List.copyOf(domains);
    }
  }

  /** No step is open; states may be read until the next command. */
  record Rested(long step) implements SessionEvent {}

  /**
   * Open steps were given up. Weights and moments are those after this step and stay unchanged,
   * though stages may still compute.
   */
  record GaveUp(long step) implements SessionEvent {}

  /** An actor failed, which ended the session. */
  record SessionFailed(Failure failure) implements SessionEvent {}

  /**
   * A node in another process is lost, which ended the session.
   *
   * @param reason as in "node 127.0.0.1:7102 does not answer"
   */
  record NodeLost(String reason) implements SessionEvent {}

  /**
   * A wait exceeded its deadline, which ended the session.
   *
   * @param text names the waiting actor and what it waited for
   * @param leftWeightsAsCommitted whether no owner may apply an open step
   */
  record SessionStalled(String text, boolean leftWeightsAsCommitted) implements SessionEvent {}

  /**
   * The run must go back to a checkpoint, which ended the session; see {@code BadStepException}.
   */
  record StepWasBad(long step, double loss, double norm, boolean rollsBack)
      implements SessionEvent {}
}

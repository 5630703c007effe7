package jingwei.actors.train;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.model.loss.DomainLoss;
import jingwei.model.step.StepResult;

/** An event that a session reports to its trainer. */
public sealed interface SessionEvent {
  /**
   * Every owner holds the new version.
   *
   * @param reads by owner index, the version that each owner read: its weights as they were after
   *     this step
   */
  record StepCommitted(StepResult result, SortedMap<Integer, Long> reads) implements SessionEvent {
    public StepCommitted {
      reads = Collections.unmodifiableSortedMap(new TreeMap<>(reads));
    }
  }

  /** Losses of an evaluation, by domain index. */
  record EvaluationDone(long id, List<DomainLoss> domains) implements SessionEvent {
    public EvaluationDone {
      domains = List.copyOf(domains);
    }
  }

  /** No step is open; weights and moments may be read until the next command. */
  record Rested(long step) implements SessionEvent {}

  /**
   * Open steps were given up. Weights and moments are those after this step and stay unchanged,
   * though stages may still compute.
   */
  record GaveUp(long step) implements SessionEvent {}

  /** An actor failed, which ended the session. */
  record SessionFailed(String actor, Throwable cause) implements SessionEvent {}
}

package jingwei.actors.train;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.model.loss.DomainLoss;
import jingwei.model.step.StepResult;

/** What a session tells its trainer. */
public sealed interface SessionEvent {
  /**
   * Every owner holds the new version.
   *
   * @param reads the step after which the weights were that each owner read, by owner index
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
   * Open steps were given up; weights and moments are those after this step, and nothing changes
   * them any more, though stages may still compute.
   */
  record GaveUp(long step) implements SessionEvent {}

  /** An actor failed, and the session with it. */
  record SessionFailed(String actor, Throwable cause) implements SessionEvent {}
}

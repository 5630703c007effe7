package jingwei.cluster.session;

import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.LongStream;
import jingwei.model.step.BadStepException;

/**
 * Steps that a run refuses, whatever their result. A spike that rolls back also refuses the steps
 * since the last step at which a checkpoint is due. This depends only on step numbers, not on
 * existing checkpoints.
 */
final class RefusedSteps {
  private final long checkpointEvery;
  private final NavigableSet<Long> steps = new TreeSet<>();

  /**
   * @param checkpointEvery steps between checkpoints; 0 for none
   */
  RefusedSteps(long checkpointEvery) {
    this.checkpointEvery = checkpointEvery;
  }

  /** Adds the steps that a checkpoint names. */
  void addAll(Collection<Long> others) {
    steps.addAll(others);
  }

  /**
   * Refuses a bad step.
   *
   * @return the step after which the run continues
   */
  long refuse(BadStepException bad) {
    long last = bad.step() - 1;
    if (bad.rollsBack()) {
      last = checkpointEvery == 0 ? 0 : last / checkpointEvery * checkpointEvery;
    }
    LongStream.rangeClosed(last + 1, bad.step()).forEach(steps::add);
    return last;
  }

  /** The steps, in order. */
  NavigableSet<Long> steps() {
    return Collections.unmodifiableNavigableSet(steps);
  }
}

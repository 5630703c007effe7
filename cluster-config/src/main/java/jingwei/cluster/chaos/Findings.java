package jingwei.cluster.chaos;

import java.util.List;

/**
 * What a check of a history found.
 *
 * @param lostBatches batches that changed the undisturbed run and not the disturbed one
 * @param doubledBatches batches that count more than once, each further time counted
 * @param weightsEqual true if all final weights have the bits of the undisturbed run
 * @param replayedSteps commits of steps that had been committed before
 * @param violations broken promises
 */
public record Findings(
    long lostBatches,
    long doubledBatches,
    boolean weightsEqual,
    long replayedSteps,
    List<Violation> violations) {
  public Findings {
    violations = List.copyOf(violations);
  }

  /** True if every promise is kept. */
  public boolean isClean() {
    return lostBatches == 0 && doubledBatches == 0 && weightsEqual && violations.isEmpty();
  }
}

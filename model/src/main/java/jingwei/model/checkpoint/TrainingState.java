package jingwei.model.checkpoint;

import jingwei.model.state.StateSource;

/**
 * Everything that a run needs to resume at a step boundary.
 *
 * @param states weights and moments of every owner, and the route tables
 * @param tokenizer content of {@code tokenizer.json}
 * @param run all other state of the run
 */
public record TrainingState(StateSource states, String tokenizer, RunState run) {
  /** The last step that was committed. */
  public long step() {
    return run.step();
  }
}

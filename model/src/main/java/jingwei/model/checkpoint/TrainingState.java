package jingwei.model.checkpoint;

import jingwei.model.state.ModelState;

/**
 * Everything that a run needs to resume at a step boundary.
 *
 * @param model weights, moments and route tables
 * @param tokenizer content of {@code tokenizer.json}
 * @param run all other state of the run
 */
public record TrainingState(ModelState model, String tokenizer, RunState run) {
  /** The last step that was committed. */
  public long step() {
    return run.step();
  }
}

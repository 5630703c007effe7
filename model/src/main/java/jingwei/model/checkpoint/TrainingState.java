package jingwei.model.checkpoint;

import jingwei.model.state.ModelState;

/**
 * Everything that a run needs to go on, at a step boundary.
 *
 * @param model weights, moments and route tables
 * @param tokenizer the {@code tokenizer.json}
 * @param run everything else
 */
public record TrainingState(ModelState model, String tokenizer, RunState run) {
  /** The last step that was committed. */
  public long step() {
    return run.step();
  }
}

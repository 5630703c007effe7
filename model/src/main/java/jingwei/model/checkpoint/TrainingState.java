package jingwei.model.checkpoint;

import java.util.List;
import java.util.Map;
import jingwei.model.data.DataPosition;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepsBefore;

/**
 * Everything that a run needs to go on, at a step boundary.
 *
 * @param model weights, moments and route tables
 * @param before the steps that were committed
 * @param tokens input tokens trained on so far
 * @param seed of the run
 * @param domains names, by domain index
 * @param kernels fingerprint of the kernels
 * @param configuration the resolved configuration as text
 * @param tokenizer the {@code tokenizer.json}
 * @param dataFingerprint of the documents that the position counts in
 * @param dataPosition where the batches go on
 * @param evaluation held-out loss of each domain, by name; empty if none was measured
 */
public record TrainingState(
    ModelState model,
    StepsBefore before,
    long tokens,
    long seed,
    List<String> domains,
    String kernels,
    String configuration,
    String tokenizer,
    long dataFingerprint,
    DataPosition dataPosition,
    Map<String, Double> evaluation) {
  /** The last step that was committed. */
  public long step() {
    return before.step();
  }
}

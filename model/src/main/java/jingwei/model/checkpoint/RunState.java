package jingwei.model.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import jingwei.model.data.DataPosition;
import jingwei.model.step.StepsBefore;

/**
 * The state of a run after a step, but for its weights.
 *
 * @param before the steps that were committed
 * @param tokens input tokens trained on so far
 * @param seed of the run
 * @param kernels fingerprint of the kernels that computed it
 * @param configuration the resolved configuration as text, as it stands in the run's {@code
 *     config.conf}
 * @param data where the batches go on
 * @param evaluation held-out loss of each domain at this step, in nats per token, by name; empty if
 *     none was measured
 */
public record RunState(
    StepsBefore before,
    long tokens,
    long seed,
    String kernels,
    String configuration,
    Data data,
    Map<String, Double> evaluation) {

  /**
   * The place in the text of a run.
   *
   * @param domains names, by domain index
   * @param fingerprint of the documents that the position counts in
   * @param position where the batches go on
   */
  public record Data(List<String> domains, long fingerprint, DataPosition position) {
    /**
     * @throws IllegalArgumentException if the position is not one of so many domains
     */
    public Data {
      domains = List.copyOf(domains);
      int count = domains.size();
      require(position.streams().size() == count, "position in the data");
      require(position.schedule().visits().size() == count, "position in the data");
      require(position.schedule().carried().size() == count, "position in the data");
    }
  }

  /**
   * @throws IllegalArgumentException if a part contradicts another
   */
  public RunState {
    Stream.of(before, kernels, configuration, data, evaluation).forEach(Objects::requireNonNull);
    require(before.step() >= 0, "steps");
    require(before.applied() >= 0 && before.applied() <= before.step(), "steps");
    require(data.position.step() == before.step(), "position in the data");
    evaluation.forEach((name, loss) -> require(loss != null, name));
    evaluation = Collections.unmodifiableMap(new LinkedHashMap<>(evaluation));
  }

  /** The last step that was committed. */
  public long step() {
    return before.step();
  }

  /** Later steps that are to be refused whatever they come to, in order. */
  public List<Long> refusedSteps() {
    return before.refused().stream().filter(step -> step > before.step()).sorted().toList();
  }

  /** Mean held-out loss of the domains, in nats per token; NaN if none was measured. */
  public double heldOutLoss() {
    return evaluation.values().stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  static void require(boolean isRight, String what) {
    if (!isRight) {
      throw new IllegalArgumentException("its %s cannot be right".formatted(what));
    }
  }
}

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
 * The state of a run after a step, without the weights.
 *
 * @param before summary of the committed steps
 * @param tokens input tokens trained on so far
 * @param seed seed of the run
 * @param kernels fingerprint of the kernels that computed the weights
 * @param configuration the resolved configuration as text, as in the run's {@code config.conf}
 * @param data position in the data
 * @param evaluation held-out loss of each domain at this step, in nats per token, by name; empty if
 *     not evaluated
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
   * The position in the text of a run.
   *
   * @param domains names of the domains, by index
   * @param fingerprint fingerprint of the documents that the position refers to
   * @param position the data position
   */
  public record Data(List<String> domains, long fingerprint, DataPosition position) {
    /**
     * @throws IllegalArgumentException if the position has another number of domains
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

  /** Later steps to refuse regardless of their result, in order. */
  public List<Long> refusedSteps() {
    return before.refused().stream().filter(step -> step > before.step()).sorted().toList();
  }

  /** Mean held-out loss of the domains, in nats per token; NaN if not evaluated. */
  public double heldOutLoss() {
    return evaluation.values().stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  static void require(boolean isRight, String what) {
    if (!isRight) {
      throw new IllegalArgumentException("its %s is invalid".formatted(what));
    }
  }
}

package jingwei.bench.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import jingwei.bench.cluster.Row.Figures;

/** Reads how fast the steps of a run were from its {@code metrics.jsonl}. */
final class StepSpeeds {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private StepSpeeds() {}

  /**
   * The figures of the steps after the first ones, in which Java still compiles: the median speed,
   * and the mean of the bytes of experts that moved.
   *
   * @param lines of the file
   * @param first steps that do not count
   * @throws IllegalArgumentException if there are no others
   */
  static Figures of(List<String> lines, int first) {
    List<JsonNode> steps =
        lines.stream()
            .map(StepSpeeds::parse)
            .filter(step -> step.path("step").asLong() > first)
            .toList();
    if (steps.isEmpty()) {
      throw new IllegalArgumentException(
          "%d steps, and the first %d do not count".formatted(lines.size(), first));
    }
    return Figures.uncounted(
        Medians.of(steps.stream().map(step -> step.path("tokensPerSecond").asDouble()).toList()),
        steps.stream()
            .map(step -> step.path("ecss"))
            .mapToDouble(
                ecss -> ecss.path("bytesToDevice").asDouble() + ecss.path("bytesToHost").asDouble())
            .average()
            .orElseThrow());
  }

  private static JsonNode parse(String line) {
    try {
      return MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a line of metrics: " + line, e);
    }
  }
}

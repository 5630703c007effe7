package jingwei.cluster.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * The result of {@code chaos}.
 *
 * @param effectiveTime share of the time that went into steps taken for the first time; empty if it
 *     is not known
 */
public record Verdict(Findings findings, List<FaultTiming> faults, OptionalDouble effectiveTime) {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public Verdict {
    faults = List.copyOf(faults);
  }

  /** The word for scripts. */
  public String word() {
    return findings.isClean() ? "clean" : "dirty";
  }

  /** From a fault to its notice: the median over the faults that were noticed. */
  public OptionalLong noticeMillis() {
    return median(FaultTiming::noticeMillis);
  }

  /** From the notice to the first commit of the next epoch: the median. */
  public OptionalLong resumeMillis() {
    return median(FaultTiming::resumeMillis);
  }

  /** One JSON object. What is not known is null. */
  public String json() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("verdict", word());
    root.put("lostBatches", findings.lostBatches());
    root.put("doubledBatches", findings.doubledBatches());
    root.put("weightsEqual", findings.weightsEqual());
    put(root, "noticeMillis", noticeMillis());
    put(root, "resumeMillis", resumeMillis());
    root.put("replayedSteps", findings.replayedSteps());
    if (effectiveTime.isPresent()) {
      root.put("effectiveTime", effectiveTime.getAsDouble());
    } else {
      root.putNull("effectiveTime");
    }
    ArrayNode list = root.putArray("faults");
    for (FaultTiming fault : faults) {
      ObjectNode node = list.addObject();
      node.put("fault", fault.fault().plan().text());
      node.put("step", fault.fault().plan().step());
      node.put("address", fault.fault().address());
      put(node, "noticeMillis", fault.noticeMillis());
      put(node, "resumeMillis", fault.resumeMillis());
      put(node, "replayMillis", fault.replayMillis());
      node.put("replayedSteps", fault.replayedSteps());
    }
    ArrayNode violations = root.putArray("violations");
    for (Violation violation : findings.violations()) {
      violations
          .addObject()
          .put("promise", violation.promise().name())
          .put("sentence", violation.sentence());
    }
    return root.toString();
  }

  /** The same as lines for people. */
  public List<String> lines() {
    return VerdictLines.of(this);
  }

  private OptionalLong median(Function<FaultTiming, OptionalLong> time) {
    long[] sorted =
        faults.stream().map(time).flatMapToLong(OptionalLong::stream).sorted().toArray();
    if (sorted.length == 0) {
      return OptionalLong.empty();
    }
    int middle = sorted.length / 2;
    double median =
        Arrays.stream(sorted, (sorted.length - 1) / 2, middle + 1).average().orElseThrow();
    return OptionalLong.of(Math.round(median));
  }

  private static void put(ObjectNode node, String key, OptionalLong value) {
    if (value.isPresent()) {
      node.put(key, value.getAsLong());
    } else {
      node.putNull(key);
    }
  }
}

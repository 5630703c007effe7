package jingwei.cluster.settings;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import jingwei.model.UserException;

/**
 * Which values a resume may give. Values equal to the run's are accepted, so the command that
 * started a run also resumes it. Different values are accepted only if they change no bit of the
 * result.
 */
final class ResumeRule {
  /**
   * Keys that do not change the result: length of the run, machine, output, and location of the
   * text.
   */
  private static final Set<String> MAY_DIFFER =
      Set.of(
          "steps",
          "minutes",
          "name",
          "data.sources",
          "data.onRejected",
          "data.maxRejectedShare",
          "data.deadline",
          "checkpoint.every",
          "checkpoint.keep",
          "checkpoint.copies",
          "evaluation.every",
          "evaluation.tokensPerDomain",
          "device.memory",
          "host.memory",
          "trainer",
          "devices",
          "hosts",
          "lanes",
          "inFlight",
          "recompute",
          "lookahead",
          "deadline",
          "transport.local",
          "transport.termBytes",
          "transport.partBytes",
          "transport.folder",
          "ecss.link.bandwidth",
          "ecss.link.latency",
          "domains");

  private static final Set<String> PART_OF_THE_RESULT =
      Set.of(
          "seed",
          "model.vocabulary",
          "model.context",
          "model.width",
          "model.heads",
          "model.innerWidth",
          "model.denseBlocks",
          "model.routedBlocks",
          "model.expertsPerDomain",
          "model.queryLayer",
          "route.mode",
          "data.heldOut",
          "data.fileOrder",
          "data.partBytes",
          "data.weights",
          "data.live",
          "data.domains",
          "tokenizer.file",
          "tokenizer.trainingBytes",
          "batch.rows",
          "batch.rowsPerMicroBatch",
          "precision",
          "domainsPerBatch",
          "replicas",
          "clip",
          "delay",
          "bound",
          "optimizer.beta1",
          "optimizer.beta2",
          "optimizer.epsilon",
          "optimizer.expertEpsilon",
          "optimizer.weightDecay",
          "optimizer.clipNorm",
          "optimizer.inactive",
          "optimizer.clock",
          "spike.action",
          "spike.window",
          "spike.deviations",
          "spike.mostRefused",
          "learningRate.shape",
          "learningRate.peak",
          "learningRate.end",
          "learningRate.warmupSteps",
          "learningRate.decayShare");

  private ResumeRule() {}

  /** True if this rule covers the key. */
  static boolean knows(String key) {
    return MAY_DIFFER.contains(key) || PART_OF_THE_RESULT.contains(key);
  }

  /**
   * The values of the resumed run.
   *
   * @param kept every value of the run
   * @param given values from the command line, by key
   * @return the given values that differ and are allowed to
   * @throws UserException naming every value that would change the result
   */
  static Map<String, ConfigValue> changes(
      Map<String, ConfigValue> kept, Map<String, ConfigValue> given) {
    Map<String, ConfigValue> changes = new TreeMap<>();
    List<String> refused = new ArrayList<>();
    given.forEach(
        (key, value) -> {
          ConfigValue before = kept.get(key);
          if (!isSame(before, value)) {
            if (mayDiffer(key, kept)) {
              changes.put(key, value);
            } else {
              refused.add("%s is %s and not %s".formatted(key, text(before), text(value)));
            }
          }
        });
    if (!refused.isEmpty()) {
      throw new UserException(
          "A resumed run keeps the values that its result depends on (%s); leave these values out, or start a new run in another folder."
              .formatted(String.join(", ", refused)));
    }
    return changes;
  }

  /** Under {@code rollback}, the steps of checkpoints decide which steps are refused. */
  private static boolean mayDiffer(String key, Map<String, ConfigValue> kept) {
    ConfigValue action = kept.get("spike.action");
    boolean rollsBack = action != null && "rollback".equals(action.unwrapped());
    return MAY_DIFFER.contains(key) && !(rollsBack && key.equals("checkpoint.every"));
  }

  private static boolean isSame(ConfigValue a, ConfigValue b) {
    return Objects.equals(a, b)
        || (a != null
            && b != null
            && String.valueOf(a.unwrapped()).equals(String.valueOf(b.unwrapped())));
  }

  private static String text(ConfigValue value) {
    return value == null ? "not set" : value.render(ConfigRenderOptions.concise());
  }
}

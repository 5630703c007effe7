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
 * What may be given anew when a run goes on. Values that equal the run's are accepted, so that the
 * command that started a run also continues it; others only where they change no bit of the result.
 */
final class ResumeRule {
  /** How long the run is, how it uses the machine, what it writes, and where its text lies. */
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
          "evaluation.every",
          "evaluation.tokensPerDomain",
          "device.memory",
          "host.memory",
          "trainer",
          "lanes",
          "inFlight",
          "recompute",
          "lookahead",
          "deadline",
          "transport.local",
          "transport.termBytes",
          "transport.partBytes",
          "transport.folder",
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

  /** Whether it is known what a key means for a run that goes on. */
  static boolean knows(String key) {
    return MAY_DIFFER.contains(key) || PART_OF_THE_RESULT.contains(key);
  }

  /**
   * The values that a run goes on with.
   *
   * @param kept every value of the run
   * @param given what the command line gives, by key
   * @return what is given over what is kept, where it may differ
   * @throws UserException with everything that would change the result
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
          "A resumed run keeps what its result depends on, and in this run %s; leave these values out, or start a new run in another folder."
              .formatted(String.join(", ", refused)));
    }
    return changes;
  }

  /** Which steps a rollback refuses follows from the steps of checkpoints. */
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

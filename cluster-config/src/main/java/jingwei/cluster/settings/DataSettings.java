package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.SourceSettings;

/**
 * Where the text of a run comes from and how it is read.
 *
 * @param sources {@code DOMAIN=PATH}; empty for the JDK's own text
 * @param files how they are read, which part is held out, and what happens to rows that cannot be
 *     used
 * @param weights of domains by name
 * @param partBytes longer documents are read in parts of about this length
 * @param deadline longest wait for the next row of standard input
 */
public record DataSettings(
    List<String> sources,
    SourceSettings files,
    Map<String, Double> weights,
    long partBytes,
    Duration deadline) {
  private static final long LEAST_PART_BYTES = 4096;

  public DataSettings {
    sources = List.copyOf(sources);
    weights = Map.copyOf(weights);
    if (partBytes < LEAST_PART_BYTES) {
      throw new UserException(
          "data.partBytes = %d must be %d or more.".formatted(partBytes, LEAST_PART_BYTES));
    }
    if (deadline.toMillis() < 1) {
      throw new UserException("data.deadline = %s must be above zero.".formatted(deadline));
    }
  }

  /** Whether a source is standard input. */
  public boolean readsStandardInput() {
    return sources.stream().anyMatch(source -> source.equals("-") || source.endsWith("=-"));
  }

  static DataSettings of(Config config) {
    Map<String, Double> weights = new TreeMap<>();
    Config weightsConfig = config.getConfig("data.weights");
    weightsConfig
        .root()
        .keySet()
        .forEach(name -> weights.put(name, weightsConfig.getDouble(ConfigUtil.quoteString(name))));
    SourceSettings usual = SourceSettings.DEFAULT;
    return new DataSettings(
        config.getStringList("data.sources"),
        new SourceSettings(
            new HeldOut(config.getDouble("data.heldOut")),
            usual.maxLineBytes(),
            usual.textCutBytes(),
            TrainSettings.choice(config, "data.onRejected", SourceSettings.OnRejected.class),
            config.getDouble("data.maxRejectedShare"),
            TrainSettings.choice(config, "data.fileOrder", SourceSettings.FileOrder.class)),
        weights,
        config.getBytes("data.partBytes"),
        config.getDuration("data.deadline"));
  }
}

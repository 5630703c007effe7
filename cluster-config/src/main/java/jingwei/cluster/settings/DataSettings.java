package jingwei.cluster.settings;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import jingwei.model.UserException;
import jingwei.model.corpus.HeldOut;
import jingwei.model.corpus.SourceSettings;

/**
 * The sources of a run's text and how they are read.
 *
 * @param sources {@code DOMAIN=PATH}; empty for the JDK's own text
 * @param files rules for reading, for the held-out part, and for unusable rows
 * @param partBytes approximate length of the parts that long documents are split into
 * @param deadline timeout for the next row of standard input
 * @param tokenizer the tokenizer that encodes the text
 * @param live whether the run trains while rows still come
 */
public record DataSettings(
    List<String> sources,
    SourceSettings files,
    long partBytes,
    Duration deadline,
    TokenizerSettings tokenizer,
    LiveSettings live) {
  private static final long LEAST_PART_BYTES = 4096;

  public DataSettings {
    sources = List.copyOf(sources);
    if (partBytes < LEAST_PART_BYTES) {
      throw new UserException(
          "data.partBytes = %d must be %d or more.".formatted(partBytes, LEAST_PART_BYTES));
    }
    if (deadline.toMillis() < 1) {
      throw new UserException("data.deadline = %s must be above zero.".formatted(deadline));
    }
    live.check(sources, tokenizer);
  }

  /** True if a source is standard input. */
  public boolean readsStandardInput() {
    return sources.stream().anyMatch(source -> source.equals("-") || source.endsWith("=-"));
  }

  /** These settings with other sources, which are read before they are used. */
  public DataSettings withSources(List<String> others) {
    return new DataSettings(others, files, partBytes, deadline, tokenizer, LiveSettings.NONE);
  }

  /** These settings without a held-out part. */
  public DataSettings withoutHeldOut() {
    return new DataSettings(
        sources, files.withHeldOut(new HeldOut(0)), partBytes, deadline, tokenizer, live);
  }

  static DataSettings of(Config config) {
    SourceSettings usual = SourceSettings.DEFAULT;
    return new DataSettings(
        config.getStringList("data.sources"),
        new SourceSettings(
            new HeldOut(config.getDouble("data.heldOut")),
            usual.maxLineBytes(),
            usual.textCutBytes(),
            ConfigValues.choice(config, "data.onRejected", SourceSettings.OnRejected.class),
            config.getDouble("data.maxRejectedShare"),
            ConfigValues.choice(config, "data.fileOrder", SourceSettings.FileOrder.class)),
        config.getBytes("data.partBytes"),
        config.getDuration("data.deadline"),
        TokenizerSettings.of(config),
        LiveSettings.of(config));
  }
}

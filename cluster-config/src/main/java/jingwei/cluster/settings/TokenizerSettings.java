package jingwei.cluster.settings;

import com.typesafe.config.Config;

/**
 * What encodes the text of a run.
 *
 * @param file a {@code tokenizer.json} to use; empty to train one
 * @param trainingBytes of text that training looks at
 */
public record TokenizerSettings(String file, long trainingBytes) {
  /** Whether a tokenizer is trained on the run's own text. */
  public boolean isTrained() {
    return file.isEmpty();
  }

  static TokenizerSettings of(Config config) {
    return new TokenizerSettings(
        config.getString("tokenizer.file"), config.getBytes("tokenizer.trainingBytes"));
  }
}

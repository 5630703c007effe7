package jingwei.cluster.settings;

import com.typesafe.config.Config;

/**
 * The tokenizer of a run.
 *
 * @param file a {@code tokenizer.json} to use; empty to train one
 * @param trainingBytes bytes of text that a tokenizer is trained on
 */
public record TokenizerSettings(String file, long trainingBytes) {
  /** True if the run trains a tokenizer on its own text. */
  public boolean isTrained() {
    return file.isEmpty();
  }

  static TokenizerSettings of(Config config) {
    return new TokenizerSettings(
        config.getString("tokenizer.file"), config.getBytes("tokenizer.trainingBytes"));
  }
}

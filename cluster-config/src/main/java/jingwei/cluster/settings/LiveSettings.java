package jingwei.cluster.settings;

import com.typesafe.config.Config;
import java.util.HashSet;
import java.util.List;
import jingwei.model.UserException;
import jingwei.model.corpus.DataSource;

/**
 * Whether a run trains while its rows still come.
 *
 * @param domains names of the domains that the rows may have, in order; unused if the run is not
 *     live
 */
public record LiveSettings(boolean isLive, List<String> domains) {
  /** All text is there before training begins. */
  static final LiveSettings NONE = new LiveSettings(false, List.of());

  public LiveSettings {
    domains = List.copyOf(domains);
  }

  /**
   * Refuses a live run without all that it needs before its first row.
   *
   * @throws UserException naming what is missing
   */
  void check(List<String> sources, TokenizerSettings tokenizer) {
    if (!isLive) {
      return;
    }
    if (!sources.equals(List.of(DataSource.STANDARD_INPUT))) {
      throw new UserException(
          "data.live = true reads rows from standard input alone, but the sources are %s; give --data - and no other source."
              .formatted(sources));
    }
    if (tokenizer.isTrained()) {
      throw new UserException(
          "data.live = true needs a tokenizer before the first row; set tokenizer.file to a tokenizer.json.");
    }
    if (domains.isEmpty()) {
      throw new UserException(
          "data.live = true needs the names of the domains before the first row; set data.domains, for instance data.domains=[zh, en].");
    }
    if (new HashSet<>(domains).size() < domains.size()) {
      throw new UserException(
          "data.domains = %s names a domain twice; name each once.".formatted(domains));
    }
    for (String domain : domains) {
      if (!DataSource.isDomainName(domain)) {
        throw new UserException(
            "data.domains has '%s', which is no name of a domain; a name has at most 64 characters and no blank, '<', '>' or '|'."
                .formatted(domain));
      }
    }
  }

  static LiveSettings of(Config config) {
    return new LiveSettings(config.getBoolean("data.live"), config.getStringList("data.domains"));
  }
}

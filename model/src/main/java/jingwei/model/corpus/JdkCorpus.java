package jingwei.model.corpus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The text that every JDK contains, in four domains: its Chinese messages, the same messages with
 * their English versions, its sources, and the prose of their documentation. Nothing is downloaded
 * or invented: if a JDK lacks something, it is missing and a notice says so.
 *
 * <p>A message and its translation are always on the same side of the split, and so are a class and
 * its documentation.
 */
public final class JdkCorpus {
  public static final String CHINESE = "zh";
  public static final String ENGLISH = "en";
  public static final String BILINGUAL = "bilingual";
  public static final String CODE = "code";

  private JdkCorpus() {}

  /**
   * Reads the running JDK.
   *
   * @throws IllegalStateException if its files exist but cannot be read
   */
  public static Corpus load(JdkSettings settings) {
    return load(Path.of(System.getProperty("java.home"), "lib", "src.zip"), settings);
  }

  /** Reads the running JDK's messages, and the sources of an archive if it exists. */
  static Corpus load(Path sources, JdkSettings settings) {
    var corpus = new CorpusBuilder(settings.heldOut());
    corpus.inOrder(List.of(CHINESE, ENGLISH, BILINGUAL, CODE));
    List<String> notices = new ArrayList<>();
    try {
      boolean hasSources = Files.isReadable(sources);
      var messages = new JdkMessages(settings, corpus, !hasSources);
      JdkBundles.read().forEach(messages::add);
      if (hasSources) {
        new JdkSources(sources, settings, corpus).read();
      } else {
        notices.add(
            "This JDK has no sources (%s): the domain code is missing, and the domain en has only messages; install the JDK's sources or give --data code=PATH and --data en=PATH."
                .formatted(sources));
      }
    } catch (IOException e) {
      throw new IllegalStateException("The running JDK cannot be read: sources=" + sources, e);
    }
    Corpus built = corpus.build(Rejections.NONE, notices);
    if (built.domains().containsKey(CHINESE)) {
      return built;
    }
    notices.add(
        "This JDK has no Chinese messages: the domains zh and bilingual are missing; use a full JDK"
            + " or give --data zh=PATH and --data bilingual=PATH.");
    return new Corpus(built.domains(), built.dropped(), built.rejected(), notices);
  }
}

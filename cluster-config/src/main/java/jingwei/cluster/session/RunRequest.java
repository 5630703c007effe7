package jingwei.cluster.session;

import java.io.InputStream;
import java.nio.file.Path;
import jingwei.cluster.settings.Configuration;

/**
 * A request of the user: start a new run, or resume one.
 *
 * @param configuration resolved as for a new run
 * @param hasPreset true if the user named a preset; false for the default one
 * @param folder folder of the run; null for a new folder in {@code runs/}
 * @param resume {@code auto}, {@code latest}, {@code latest-good}, {@code best} or the name of a
 *     checkpoint; null for a new run
 * @param standardInput the source of rows if the configuration reads standard input
 * @param place where the run takes place
 */
public record RunRequest(
    Configuration configuration,
    boolean hasPreset,
    Path folder,
    String resume,
    InputStream standardInput,
    RunPlace place) {
  /** Resumes the run if it exists, and starts it otherwise. */
  public static final String AUTO = "auto";

  /** A run in this process. */
  public RunRequest(
      Configuration configuration,
      boolean hasPreset,
      Path folder,
      String resume,
      InputStream standardInput) {
    this(configuration, hasPreset, folder, resume, standardInput, RunPlace.THIS_PROCESS);
  }

  /** True if the user named no folder. */
  boolean hasNoFolder() {
    return folder == null;
  }
}

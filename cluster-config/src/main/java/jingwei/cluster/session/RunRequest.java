package jingwei.cluster.session;

import java.io.InputStream;
import java.nio.file.Path;
import jingwei.cluster.settings.Configuration;

/**
 * What a user asks for: a new run, or one that goes on.
 *
 * @param configuration put together as for a new run
 * @param hasPreset whether its preset was named, and is not just the usual one
 * @param folder of the run; null for a new one below {@code runs/}
 * @param resume {@code auto}, {@code latest}, {@code latest-good}, {@code best} or the name of a
 *     checkpoint; null for a new run
 * @param standardInput read if the configuration names it
 */
public record RunRequest(
    Configuration configuration,
    boolean hasPreset,
    Path folder,
    String resume,
    InputStream standardInput) {
  /** Goes on where there is something to go on from, and begins where there is not. */
  public static final String AUTO = "auto";

  /** A new run. */
  public static RunRequest begin(
      Configuration configuration, Path folder, InputStream standardInput) {
    return new RunRequest(configuration, true, folder, null, standardInput);
  }

  /** Whether the user named no folder. */
  boolean hasNoFolder() {
    return folder == null;
  }
}

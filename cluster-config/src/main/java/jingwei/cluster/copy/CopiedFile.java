package jingwei.cluster.copy;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of a session that is copied.
 *
 * @param path below the folder of the session
 * @param bytes that are copied; a file of lines may have grown since
 * @param crc32c of these bytes
 */
public record CopiedFile(String path, long bytes, int crc32c) implements CopyMessage {
  static final String RECORD = "session.json";
  static final String CHECKPOINTS = "checkpoints";
  static final String MANIFEST = "manifest.json";

  /** Every path that may be copied; none leads out of the folder. */
  private static final Pattern PATH =
      Pattern.compile(
          "session\\.json|config\\.conf|[a-z]{1,32}\\.jsonl|checkpoints/(step-\\d{1,18})/([A-Za-z0-9_-][A-Za-z0-9._-]*)");

  /** Whether a node may write a file with this path. */
  boolean isAllowed() {
    return bytes >= 0 && PATH.matcher(path).matches();
  }

  /** Whether lines are only appended to the file, as a rule. */
  boolean hasLines() {
    return path.endsWith(".jsonl");
  }

  /** The checkpoint that the file belongs to; empty if it belongs to none. */
  Optional<String> checkpoint() {
    Matcher matcher = PATH.matcher(path);
    return matcher.matches() ? Optional.ofNullable(matcher.group(1)) : Optional.empty();
  }

  /** The name without its folder. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}

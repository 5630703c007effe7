package jingwei.model.corpus;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** How many entries of a data path are not read, by reason. */
final class PassedOver {
  /** Why an entry is not read. */
  enum Reason {
    ENDING("with another ending than " + SourceFormat.ENDINGS),
    HIDDEN("hidden (name begins with a dot)"),
    EMPTY("empty"),
    FOLDER("only a folder (a glob stands for files)"),
    NO_FILE("special (pipe, socket or device)"),
    UNREADABLE("unreadable (no permission)"),
    BROKEN_LINK("dangling (link to nothing)"),
    LOOP("circular (link to a folder above)");

    private final String words;

    Reason(String words) {
      this.words = words;
    }
  }

  private final Map<Reason, Long> counts = new EnumMap<>(Reason.class);

  void add(Reason reason) {
    counts.merge(reason, 1L, Long::sum);
  }

  /** The counts, for a sentence; empty if nothing was passed over. */
  Optional<String> counts() {
    return counts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            counts.entrySet().stream()
                .map(each -> "%d %s".formatted(each.getValue(), each.getKey().words))
                .collect(Collectors.joining(", ")));
  }

  /** A sentence with the counts; empty if nothing was passed over. */
  Optional<String> notice(String path) {
    return counts().map(each -> "Passed over in %s: %s.".formatted(path, each));
  }
}

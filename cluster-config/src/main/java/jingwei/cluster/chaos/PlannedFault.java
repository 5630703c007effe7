package jingwei.cluster.chaos;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jingwei.cluster.settings.Nearest;
import jingwei.model.UserException;

/**
 * A fault to inject: {@code KIND:TARGET@step=S}, or {@code KIND:TARGET@step=S/seconds=N}.
 *
 * @param step the fault is injected when this step is committed; counted from 1
 * @param seconds the fault ends after this time; empty if it does not end
 */
public record PlannedFault(FaultKind kind, FaultTarget target, long step, OptionalInt seconds) {
  private static final Pattern FORM =
      Pattern.compile("([^:@/]+):([^@/]+)@step=(\\d+)(?:/seconds=(\\d+))?");
  private static final long MOST_STEP = 1_000_000_000_000L;
  private static final int MOST_SECONDS = 86_400;

  /**
   * Reads a fault.
   *
   * @param where names the option or the line, as the first words of a sentence
   * @throws UserException if it is wrong
   */
  static PlannedFault of(String entry, String where) {
    Matcher form = FORM.matcher(entry);
    if (!form.matches()) {
      throw new UserException(
          "%s has '%s', which is not a fault; write KIND:TARGET@step=S, for example kill:device@step=40 or stop:host@step=40/seconds=10."
              .formatted(where, entry));
    }
    FaultKind kind = kind(form.group(1), where);
    FaultTarget target = target(kind, form.group(2), where);
    long step =
        whole(form.group(3), MOST_STEP)
            .orElseThrow(
                () ->
                    new UserException(
                        "%s has '%s'; a step is a number from 1 to %d."
                            .formatted(where, entry, MOST_STEP)));
    if (form.group(4) == null) {
      return new PlannedFault(kind, target, step, kind.usualSeconds());
    }
    if (!kind.takesSeconds()) {
      throw new UserException(
          "%s has '%s'; only stop and partition take seconds, so leave them out."
              .formatted(where, entry));
    }
    long seconds =
        whole(form.group(4), MOST_SECONDS)
            .orElseThrow(
                () ->
                    new UserException(
                        "%s has '%s'; seconds are a number from 1 to %d."
                            .formatted(where, entry, MOST_SECONDS)));
    return new PlannedFault(kind, target, step, OptionalInt.of((int) seconds));
  }

  /** The fault as a plan writes it. */
  public String text() {
    String end = seconds.isPresent() ? "/seconds=" + seconds.getAsInt() : "";
    return "%s:%s@step=%d%s".formatted(kind.word(), target.text(), step, end);
  }

  private static FaultKind kind(String word, String where) {
    return FaultKind.of(word)
        .orElseThrow(
            () ->
                new UserException(
                    "%s names the fault kind '%s', which does not exist; the nearest is '%s' (all kinds: %s)."
                        .formatted(
                            where,
                            word,
                            Nearest.of(word, FaultKind.words()),
                            String.join(", ", FaultKind.words()))));
  }

  private static FaultTarget target(FaultKind kind, String text, String where) {
    FaultTarget target =
        FaultTarget.of(text)
            .orElseThrow(
                () ->
                    new UserException(
                        "%s names the target '%s', which does not exist; the nearest is '%s' (targets of %s: %s)."
                            .formatted(
                                where,
                                text,
                                nearest(kind, text),
                                kind.word(),
                                String.join(", ", kind.targets()))));
    if (!kind.actsOn(target)) {
      throw new UserException(
          "%s gives %s the target '%s'; its targets are: %s."
              .formatted(where, kind.word(), text, String.join(", ", kind.targets())));
    }
    return target;
  }

  private static String nearest(FaultKind kind, String text) {
    String word = Nearest.of(text.replaceFirst(":.*", ""), FaultTarget.words());
    return word.equals("node") && kind != FaultKind.JOIN ? "node:N" : word;
  }

  private static OptionalLong whole(String digits, long most) {
    if (digits.length() > 18) {
      return OptionalLong.empty();
    }
    long value = Long.parseLong(digits);
    return value >= 1 && value <= most ? OptionalLong.of(value) : OptionalLong.empty();
  }
}

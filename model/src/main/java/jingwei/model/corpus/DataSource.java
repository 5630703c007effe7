package jingwei.model.corpus;

import java.nio.file.Path;
import java.util.regex.Pattern;
import jingwei.model.UserException;

/**
 * The place of a domain's text.
 *
 * @param domain its name; empty if every row names its own
 * @param path a file, a folder, a glob, or {@code -} for standard input
 */
public record DataSource(String domain, String path) {
  /** The path of standard input. */
  public static final String STANDARD_INPUT = "-";

  private static final Pattern NAME = Pattern.compile("[^\\s<>|]{1,64}");

  /**
   * Reads {@code DOMAIN=PATH}, or {@code -} alone.
   *
   * @throws UserException if it is neither
   */
  public static DataSource parse(String given) {
    if (given.equals(STANDARD_INPUT)) {
      return new DataSource("", STANDARD_INPUT);
    }
    int equals = given.indexOf('=');
    if (equals < 1 || equals == given.length() - 1) {
      throw new UserException(
          "The data source '%s' is not of the form DOMAIN=PATH; write for instance zh=texts/zh.jsonl, or - for standard input."
              .formatted(given));
    }
    return new DataSource(given.substring(0, equals), given.substring(equals + 1));
  }

  /**
   * Whether this is a valid name of a domain or language; the name becomes part of a control token.
   */
  public static boolean isDomainName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * The source as it was given, but with an absolute path, so that it does not depend on the
   * current folder.
   */
  public String absolute() {
    if (isStandardInput()) {
      return domain.isEmpty() ? STANDARD_INPUT : domain + "=" + STANDARD_INPUT;
    }
    return domain + "=" + Path.of("").toAbsolutePath().resolve(path);
  }

  /** Whether its rows come from standard input. */
  public boolean isStandardInput() {
    return path.equals(STANDARD_INPUT);
  }
}

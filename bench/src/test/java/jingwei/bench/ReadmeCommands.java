package jingwei.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of the README, as words without the launcher. */
final class ReadmeCommands {
  /** Heading of the section about nodes. */
  static final String CLUSTER = "## Train on several nodes, and kill one";

  private static final String LAUNCHER = "    ./jingwei ";
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  private ReadmeCommands() {}

  /** All commands. */
  static List<List<String>> all() throws IOException {
    return of("");
  }

  /**
   * The commands of one section.
   *
   * @param heading of the section; empty for all
   */
  static List<List<String>> of(String heading) throws IOException {
    List<List<String>> commands = new ArrayList<>();
    boolean isInside = heading.isEmpty();
    for (String line : Files.readAllLines(Launched.HOME.resolve("README.md"))) {
      if (line.startsWith("## ") && !heading.isEmpty()) {
        isInside = line.equals(heading);
      }
      if (isInside && line.startsWith(LAUNCHER)) {
        commands.add(words(line.substring(LAUNCHER.length())));
      }
    }
    return commands;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    Matcher word = WORD.matcher(line);
    while (word.find()) {
      words.add(word.group(1) != null ? word.group(1) : word.group(2));
    }
    return words;
  }
}

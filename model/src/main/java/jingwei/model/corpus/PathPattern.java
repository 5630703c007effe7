package jingwei.model.corpus;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * A glob. Folders that exist under the literal name are taken literally, so folder names may
 * contain brackets and braces.
 *
 * @param root the folder that contains every possible match; relative if the glob is relative
 * @param depth most levels below the root
 * @param matchers of paths relative to the root; one of them has to match
 * @param namesHidden whether the glob asks for names that start with a dot
 */
record PathPattern(Path root, int depth, List<PathMatcher> matchers, boolean namesHidden) {
  private static final String SPECIAL = "*?[{";
  private static final String ANY_FOLDERS = "**";

  static boolean isPattern(String path) {
    return path.chars().anyMatch(c -> SPECIAL.indexOf(c) >= 0);
  }

  static PathPattern of(String glob) {
    String root = glob.startsWith("/") ? "/" : "";
    String rest = glob.substring(root.length());
    while (rest.indexOf('/') >= 0) {
      String next = root + rest.substring(0, rest.indexOf('/') + 1);
      if (!Files.isDirectory(Path.of(next))) {
        break;
      }
      root = next;
      rest = rest.substring(rest.indexOf('/') + 1);
    }
    int depth =
        rest.contains(ANY_FOLDERS)
            ? Integer.MAX_VALUE
            : 1 + (int) rest.chars().filter(c -> c == '/').count();
    return new PathPattern(
        Path.of(root), depth, matchers(rest), rest.startsWith(".") || rest.contains("/."));
  }

  boolean matches(Path path) {
    Path relative = root.toString().isEmpty() ? path : root.relativize(path);
    return matchers.stream().anyMatch(matcher -> matcher.matches(relative));
  }

  private static List<PathMatcher> matchers(String glob) {
    String withoutGroups = glob.replaceAll("[\\\\\\[\\]{}]", "\\\\$0");
    List<PathMatcher> matchers = new ArrayList<>();
    for (String pattern : new String[] {glob, withoutGroups}) {
      add(pattern, matchers);
      // In Java ** before a slash stands for one folder or more, in shells also for none.
      add(pattern.replace(ANY_FOLDERS + "/", "{" + ANY_FOLDERS + "/,}"), matchers);
    }
    return matchers;
  }

  private static void add(String pattern, List<PathMatcher> matchers) {
    try {
      matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + pattern));
    } catch (PatternSyntaxException e) {
      // An unclosed bracket is part of a name; the pattern without groups matches it.
    }
  }
}

package jingwei.model.corpus;

import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * A glob. What exists under the name as it is written is meant literally, so folders may have
 * brackets and braces in their names.
 *
 * @param root the folder below which everything lies that it can match; as relative as the glob
 * @param depth how far below
 * @param matchers of paths relative to the root, one of which has to match
 * @param namesHidden whether it asks for names that begin with a dot
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
      // For Java the folders before the last part are one or more, for shells also none.
      add(pattern.replace(ANY_FOLDERS + "/", "{" + ANY_FOLDERS + "/,}"), matchers);
    }
    return matchers;
  }

  private static void add(String pattern, List<PathMatcher> matchers) {
    try {
      matchers.add(FileSystems.getDefault().getPathMatcher("glob:" + pattern));
    } catch (PatternSyntaxException e) {
      // An unclosed bracket is part of a name; the pattern without groups stands for it.
    }
  }
}

package jingwei.model.corpus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import jingwei.model.UserException;

/**
 * The files a path stands for, sorted by their paths so that no file system changes their order.
 *
 * @param skipped files that were passed over for their ending
 */
record SourceFiles(List<Path> paths, int skipped) {
  SourceFiles {
    paths = List.copyOf(paths);
  }

  /**
   * @param path a file, a folder with everything below it, or a glob
   * @throws UserException if it stands for no file that can be used
   */
  static SourceFiles of(String path) {
    try {
      if (isGlob(path) && !Files.exists(Path.of(path))) {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + path);
        return nonEmpty(path, walk(globRoot(path), matcher::matches));
      }
      Path start = Path.of(path);
      if (Files.isDirectory(start)) {
        return nonEmpty(path, walk(start, _ -> true));
      }
      return single(start);
    } catch (InvalidPathException | PatternSyntaxException e) {
      throw new UserException(
          "The data path %s is no path on this system; write it without special characters."
              .formatted(path),
          e);
    }
  }

  private static SourceFiles single(Path file) {
    if (!Files.isReadable(file)) {
      throw new UserException(
          "The data path %s %s; give a file, a folder or a glob that can be read."
              .formatted(file, Files.exists(file) ? "may not be read" : "does not exist"));
    }
    if (!isUsable(file)) {
      throw new UserException(
          "The data file %s does not end in %s; convert it or rename it."
              .formatted(file, SourceFormat.ENDINGS));
    }
    return new SourceFiles(List.of(file), 0);
  }

  private static SourceFiles walk(Path root, Predicate<Path> wanted) {
    if (!Files.isDirectory(root)) {
      return new SourceFiles(List.of(), 0);
    }
    List<Path> usable = new ArrayList<>();
    int skipped = 0;
    try (Stream<Path> all = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      for (Path file : (Iterable<Path>) all.filter(Files::isRegularFile).filter(wanted)::iterator) {
        if (isUsable(file)) {
          usable.add(file);
        } else {
          skipped++;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw new UserException(
          "The data folder %s cannot be read (%s); check that all of it may be read."
              .formatted(root, e.getMessage()),
          e);
    }
    usable.sort((a, b) -> a.toString().compareTo(b.toString()));
    return new SourceFiles(usable, skipped);
  }

  private static SourceFiles nonEmpty(String path, SourceFiles files) {
    if (files.paths.isEmpty()) {
      throw new UserException(
          "The data path %s stands for no file that ends in %s; check its spelling."
              .formatted(path, SourceFormat.ENDINGS));
    }
    return files;
  }

  private static boolean isUsable(Path file) {
    return SourceFormat.of(file).isPresent();
  }

  private static boolean isGlob(String path) {
    return path.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
  }

  /** The folder below which everything lies that a glob can match; as relative as the glob. */
  private static Path globRoot(String glob) {
    int first = 0;
    while ("*?[{".indexOf(glob.charAt(first)) < 0) {
      first++;
    }
    int slash = glob.lastIndexOf('/', first);
    return slash < 0 ? Path.of("") : Path.of(glob.substring(0, slash + 1));
  }
}

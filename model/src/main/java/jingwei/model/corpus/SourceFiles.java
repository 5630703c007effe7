package jingwei.model.corpus;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import jingwei.model.UserException;

/**
 * The files of a path, sorted by their paths so that the order does not depend on the file system.
 *
 * @param passedOver entries that are not read
 */
record SourceFiles(List<Path> paths, PassedOver passedOver) {
  SourceFiles {
    paths = List.copyOf(paths);
  }

  /**
   * @param source a file, a folder with everything below it, or a glob
   * @throws UserException if the path has no file that can be used
   */
  static SourceFiles of(DataSource source) {
    String path = source.path();
    try {
      if (PathPattern.isPattern(path) && Files.notExists(Path.of(path))) {
        return nonEmpty(path, FileWalk.matching(PathPattern.of(path)));
      }
      Path start = Path.of(path);
      if (Files.isDirectory(start)) {
        return nonEmpty(path, FileWalk.folder(start));
      }
      return single(source, start);
    } catch (InvalidPathException e) {
      throw new UserException(
          "The data path %s is no path on this system (%s); write it without special characters."
              .formatted(OneLine.of(path), OneLine.of(e.getReason())),
          e);
    }
  }

  private static SourceFiles single(DataSource source, Path file) {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (IOException e) {
      throw new UserException(
          "The data path %s %s; give a file, a folder or a glob that can be read."
              .formatted(file, reason(file, e)),
          e);
    }
    if (!attributes.isRegularFile()) {
      // A run reads its data again for an evaluation or after a restart; it keeps only standard
      // input.
      throw new UserException(
          "The data path %s is a pipe, a socket or a device, which can be read only once; give its rows (JSONL) by standard input: --data %s=- < %s."
              .formatted(file, source.domain(), file));
    }
    if (!Files.isReadable(file)) {
      throw new UserException(
          "The data path %s may not be read; give a file, a folder or a glob that can be read."
              .formatted(file));
    }
    if (SourceFormat.of(file).isEmpty()) {
      throw new UserException(
          "The data file %s does not end in %s; convert it or rename it."
              .formatted(file, SourceFormat.ENDINGS));
    }
    return new SourceFiles(List.of(file), new PassedOver());
  }

  private static String reason(Path file, IOException e) {
    return switch (e) {
      case NoSuchFileException _ when Files.isSymbolicLink(file) -> "is a link to nothing";
      case NoSuchFileException _ -> "does not exist";
      case AccessDeniedException _ -> "may not be read";
      default -> "cannot be looked at (%s)".formatted(OneLine.of(e));
    };
  }

  private static SourceFiles nonEmpty(String path, SourceFiles files) {
    if (files.paths.isEmpty()) {
      String passedOver =
          files.passedOver.counts().map(" and can be read (passed over: %s)"::formatted).orElse("");
      throw new UserException(
          "The data path %s stands for no file that ends in %s%s; check its spelling."
              .formatted(path, SourceFormat.ENDINGS, passedOver));
    }
    return files;
  }
}

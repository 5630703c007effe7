package jingwei.model.corpus;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import jingwei.model.UserException;

/** Finds the files below a folder that can be read, and counts the other entries. */
final class FileWalk {
  private final Path root;
  private final boolean takesHidden;
  private final Predicate<Path> wanted;
  private final List<Path> files = new ArrayList<>();
  private final PassedOver passedOver = new PassedOver();

  private FileWalk(Path root, boolean takesHidden, Predicate<Path> wanted) {
    this.root = root;
    this.takesHidden = takesHidden;
    this.wanted = wanted;
  }

  /** All files below a folder. */
  static SourceFiles folder(Path root) {
    return new FileWalk(root, false, _ -> true).walk(Integer.MAX_VALUE);
  }

  /** The files that a glob stands for. */
  static SourceFiles matching(PathPattern pattern) {
    return new FileWalk(pattern.root(), pattern.namesHidden(), pattern::matches)
        .walk(pattern.depth());
  }

  private SourceFiles walk(int depth) {
    try {
      Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), depth, new Visitor());
    } catch (IOException e) {
      throw new UserException(
          "The data folder %s cannot be read (%s); check that all of it may be read."
              .formatted(root, OneLine.of(e)),
          e);
    }
    files.sort(Comparator.comparing(Path::toString));
    return new SourceFiles(files, passedOver);
  }

  private final class Visitor extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
      if (!folder.equals(root) && isHidden(folder)) {
        passedOver.add(PassedOver.Reason.HIDDEN);
        return FileVisitResult.SKIP_SUBTREE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (wanted.test(file)) {
        reason(file, attributes).ifPresentOrElse(passedOver::add, () -> files.add(file));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
      if (path.equals(root)) {
        throw e;
      }
      // A folder may contain wanted files even if its own name does not match.
      boolean counts = wanted.test(path) || Files.isDirectory(path);
      switch (e) {
        case FileSystemLoopException _ when counts -> passedOver.add(PassedOver.Reason.LOOP);
        case AccessDeniedException _ when counts -> passedOver.add(PassedOver.Reason.UNREADABLE);
        case FileSystemLoopException _ -> {}
        case AccessDeniedException _ -> {}
        case NoSuchFileException _ -> {} // removed since its folder was listed
        default -> throw e;
      }
      return FileVisitResult.CONTINUE;
    }
  }

  private Optional<PassedOver.Reason> reason(Path file, BasicFileAttributes attributes) {
    if (isHidden(file)) {
      return Optional.of(PassedOver.Reason.HIDDEN);
    }
    if (attributes.isSymbolicLink()) { // links are followed, so the target is missing
      return Optional.of(PassedOver.Reason.BROKEN_LINK);
    }
    if (attributes.isDirectory()) {
      return Optional.of(PassedOver.Reason.FOLDER);
    }
    if (!attributes.isRegularFile()) {
      return Optional.of(PassedOver.Reason.NO_FILE);
    }
    if (SourceFormat.of(file).isEmpty()) {
      return Optional.of(PassedOver.Reason.ENDING);
    }
    if (attributes.size() == 0) {
      return Optional.of(PassedOver.Reason.EMPTY);
    }
    return Files.isReadable(file) ? Optional.empty() : Optional.of(PassedOver.Reason.UNREADABLE);
  }

  private boolean isHidden(Path path) {
    return !takesHidden && path.getFileName().toString().startsWith(".");
  }
}

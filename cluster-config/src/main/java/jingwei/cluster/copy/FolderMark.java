package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import jingwei.model.disk.DurableFile;

/**
 * A file by which two nodes find out whether they see the same folder: the leader writes a random
 * text into its own, and others look whether theirs has it.
 */
public final class FolderMark {
  private static final String FILE = ".leader";

  private FolderMark() {}

  /** Writes a new mark, and returns its text. */
  public static String write(Path folder) throws IOException {
    String text = UUID.randomUUID().toString();
    Files.createDirectories(folder);
    DurableFile.replace(folder.resolve(FILE), text + "\n");
    return text;
  }

  /** Whether a folder has this mark. */
  static boolean isAt(Path folder, String text) {
    try {
      return !text.isEmpty() && Files.readString(folder.resolve(FILE)).strip().equals(text);
    } catch (IOException none) {
      return false;
    }
  }
}

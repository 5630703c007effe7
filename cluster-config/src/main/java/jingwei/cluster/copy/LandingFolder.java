package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import jingwei.model.checkpoint.WritableCheckpointFolder;
import jingwei.model.disk.DurableFile;

/**
 * The folder of a session while it becomes a copy of another node's. A file, or a checkpoint as a
 * whole, replaces the one before it when all its bytes are on disk and have the right checksum. So
 * a copy that ends in between leaves the old one.
 */
final class LandingFolder implements AutoCloseable {
  /** Files that are not complete. */
  private static final String HIDDEN = ".copy";

  private final Path folder;
  private final List<CopiedFile> files;
  private final WritableCheckpointFolder checkpoints;

  /** Checkpoints that were here before. */
  private final Set<String> complete = new HashSet<>();

  /** The checkpoint that is being copied; empty for none. */
  private String begun = "";

  private FileChannel channel;
  private CRC32C crc;

  /**
   * @param folder of the session
   * @param files of the source
   * @throws IOException if a file may not be written, or the folder cannot be used
   */
  LandingFolder(Path folder, List<CopiedFile> files) throws IOException {
    Optional<CopiedFile> wrong = files.stream().filter(file -> !file.isAllowed()).findFirst();
    if (wrong.isPresent()) {
      throw new IOException("'%s' is no file of a session".formatted(wrong.get().path()));
    }
    this.folder = folder;
    this.files = List.copyOf(files);
    this.checkpoints = new WritableCheckpointFolder(folder.resolve(CopiedFile.CHECKPOINTS));
    WritableCheckpointFolder.deleteTree(folder.resolve(HIDDEN));
    Files.createDirectories(folder.resolve(HIDDEN));
  }

  /** Whether the folder has a file already, so that nothing of it must be sent. */
  boolean has(int file) throws IOException {
    CopiedFile wanted = files.get(file);
    if (wanted.checkpoint().isEmpty()) {
      return isSame(folder.resolve(wanted.path()), wanted);
    }
    String checkpoint = wanted.checkpoint().get();
    if (checkpoint.equals(begun) || complete.contains(checkpoint)) {
      return !checkpoint.equals(begun);
    }
    // It was complete when it became visible, and its manifest has the checksums of all files.
    Optional<CopiedFile> manifest =
        files.stream()
            .filter(each -> each.checkpoint().equals(wanted.checkpoint()))
            .filter(each -> each.name().equals(CopiedFile.MANIFEST))
            .findFirst();
    if (manifest.isEmpty() || !isSame(folder.resolve(manifest.get().path()), manifest.get())) {
      return false;
    }
    complete.add(checkpoint);
    return true;
  }

  /**
   * Begins a file.
   *
   * @param mayGoOn whether lines that are here already may be the first ones of the file
   * @return number of the first byte that must be sent
   */
  long begin(int file, boolean mayGoOn) throws IOException {
    close();
    CopiedFile wanted = files.get(file);
    Path partial = partial(wanted);
    Files.deleteIfExists(partial);
    crc = new CRC32C();
    channel = FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    Path own = folder.resolve(wanted.path());
    if (!mayGoOn || !wanted.hasLines() || !Files.exists(own) || Files.size(own) > wanted.bytes()) {
      return 0;
    }
    ByteBuffer buffer = ByteBuffer.allocate(FilePart.MOST_BYTES);
    try (FileChannel before = FileChannel.open(own, StandardOpenOption.READ)) {
      while (before.read(buffer) >= 0) {
        write(buffer.flip());
        buffer.clear();
      }
    }
    return channel.position();
  }

  /** Appends the next bytes. */
  void add(byte[] bytes) throws IOException {
    write(ByteBuffer.wrap(bytes));
  }

  /**
   * Ends a file, and makes it visible with the last one of its checkpoint.
   *
   * @return false if its bytes are not those of the source; it must begin again
   */
  boolean finish(int file) throws IOException {
    CopiedFile wanted = files.get(file);
    if (channel.position() != wanted.bytes() || (int) crc.getValue() != wanted.crc32c()) {
      return false;
    }
    channel.force(true);
    close();
    Optional<String> checkpoint = wanted.checkpoint();
    if (checkpoint.isEmpty()) {
      Path target = folder.resolve(wanted.path());
      Files.move(
          partial(wanted),
          target,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      DurableFile.forceFolder(folder);
    } else if (file + 1 == files.size() || !files.get(file + 1).checkpoint().equals(checkpoint)) {
      checkpoints.publish(checkpoint.get());
      begun = "";
    }
    return true;
  }

  /** All files are here: removes what the source does not have. */
  void end() throws IOException {
    Set<String> names =
        files.stream().flatMap(file -> file.checkpoint().stream()).collect(Collectors.toSet());
    checkpoints.retain(names);
    WritableCheckpointFolder.deleteTree(folder.resolve(HIDDEN));
    DurableFile.forceFolder(folder);
    DurableFile.forceFolder(folder.toAbsolutePath().getParent());
  }

  /** Closes the file that is being written. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    crc.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private Path partial(CopiedFile file) throws IOException {
    Optional<String> checkpoint = file.checkpoint();
    if (checkpoint.isEmpty()) {
      return folder.resolve(HIDDEN).resolve(file.name());
    }
    Path target =
        folder
            .resolve(CopiedFile.CHECKPOINTS)
            .resolve(checkpoint.get() + DurableFile.PARTIAL_SUFFIX);
    if (!checkpoint.get().equals(begun)) {
      begun = checkpoint.get();
      target = checkpoints.begin(begun);
    }
    return target.resolve(file.name());
  }

  private static boolean isSame(Path own, CopiedFile wanted) throws IOException {
    if (!Files.isRegularFile(own) || Files.size(own) != wanted.bytes()) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(own, StandardOpenOption.READ)) {
      return Snapshot.crc32c(channel, wanted.bytes()) == wanted.crc32c();
    }
  }
}

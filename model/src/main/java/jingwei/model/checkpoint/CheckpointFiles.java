package jingwei.model.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The files of one checkpoint, all mapped when it is opened. Opening checks sizes; the first use of
 * a file checks its checksum.
 */
final class CheckpointFiles implements AutoCloseable {
  private final Path folder;
  private final Manifest manifest;
  private final Arena arena;
  private final Map<String, MemorySegment> files = new HashMap<>();
  private final Map<String, MemorySegment> checked = new HashMap<>();
  private final Map<String, SafetensorsReader> readers = new HashMap<>();

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private CheckpointFiles(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.arena = Arena.ofShared();
  }

  /** Reads the manifest in a folder and maps the files that it lists. */
  static CheckpointFiles open(Path folder) {
    CheckpointFiles files = new CheckpointFiles(folder, ManifestReader.read(folder));
    try {
      files.map();
      return files;
    } catch (RuntimeException | Error e) {
      files.close();
      throw e;
    }
  }

  Path folder() {
    return folder;
  }

  Manifest manifest() {
    return manifest;
  }

  /** Path of a file, for messages. */
  Path path(String name) {
    return folder.resolve(name);
  }

  /** Whether the manifest lists a file. */
  boolean has(String name) {
    return files.containsKey(name);
  }

  /** Bytes of all files. */
  long bytes() {
    return files.values().stream().mapToLong(MemorySegment::byteSize).sum();
  }

  /** The tensors of a file, after checking its checksum. Its header is read once. */
  SafetensorsReader tensors(String name) {
    MemorySegment content = checked(name);
    return readers.computeIfAbsent(name, n -> new SafetensorsReader(path(n), content));
  }

  /** The content of a file, after checking its checksum. */
  MemorySegment checked(String name) {
    return checked.computeIfAbsent(name, this::check);
  }

  private MemorySegment check(String name) {
    Path file = path(name);
    MemorySegment content = files.get(name);
    if (content == null) {
      throw new CheckpointException(file, "is not in the manifest");
    }
    int[] crc = new int[1];
    MappedFile.reading(file, () -> crc[0] = MappedFile.crc32c(content));
    if (crc[0] != manifest.files().get(name).crc32c()) {
      throw new CheckpointException(
          file, "has changed since it was written: its checksum is not the manifest's");
    }
    return content;
  }

  private void map() {
    manifest
        .files()
        .forEach(
            (name, written) -> {
              Path file = path(name);
              MemorySegment content = MappedFile.map(file, arena);
              if (content.byteSize() != written.bytes()) {
                throw new CheckpointException(
                    file,
                    "is %d bytes long instead of %d"
                        .formatted(content.byteSize(), written.bytes()));
              }
              files.put(name, content);
            });
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}

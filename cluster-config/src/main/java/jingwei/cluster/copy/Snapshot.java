package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointException;

/**
 * The files of a session as they are at a moment. All are open, so the run may replace or remove
 * them meanwhile. The order is that of the copy: whoever has the record of an epoch also has the
 * newest checkpoint from before it.
 */
final class Snapshot implements AutoCloseable {
  private static final int MOST_TRIES = 3;
  private static final int BUFFER_BYTES = 1 << 20;
  private static final List<String> LINES =
      List.of("metrics.jsonl", "ledger.jsonl", "spikes.jsonl", "rejected.jsonl", "epochs.jsonl");

  private final Path folder;
  private final List<CopiedFile> files = new ArrayList<>();
  private final List<FileChannel> channels = new ArrayList<>();

  private Snapshot(Path folder) {
    this.folder = folder;
  }

  /**
   * Opens the files of a session.
   *
   * @param folder of the session
   * @throws IOException if one cannot be opened, or the session has no record
   */
  static Snapshot open(Path folder) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Snapshot snapshot = new Snapshot(folder);
      try {
        snapshot.openAll();
        return snapshot;
      } catch (NoSuchFileException replaced) {
        snapshot.close();
        if (attempt == MOST_TRIES) {
          throw replaced;
        }
      } catch (IOException | RuntimeException | Error e) {
        snapshot.close();
        throw e;
      }
    }
  }

  List<CopiedFile> files() {
    return files;
  }

  /**
   * Reads a part of a file.
   *
   * @throws IOException if it cannot be read, or has become shorter
   */
  byte[] read(int file, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channels.get(file).read(bytes, offset + bytes.position()) < 0) {
        throw new IOException(
            "%s has become shorter".formatted(folder.resolve(files.get(file).path())));
      }
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    for (FileChannel channel : channels) {
      channel.close();
    }
  }

  private void openAll() throws IOException {
    FileChannel record = channel(CopiedFile.RECORD); // the oldest of all
    try {
      for (String lines : LINES) {
        if (Files.exists(folder.resolve(lines))) {
          addWhole(lines, channel(lines));
        }
      }
      if (Files.exists(folder.resolve("config.conf"))) {
        addWhole("config.conf", channel("config.conf"));
      }
      Iterator<String> checkpoints = HeldSession.checkpoints(folder).iterator();
      boolean hasNewest = false;
      while (checkpoints.hasNext() && !hasNewest) {
        hasNewest = addCheckpoint(checkpoints.next());
      }
      addWhole(CopiedFile.RECORD, record);
      while (checkpoints.hasNext()) {
        addCheckpoint(checkpoints.next());
      }
    } catch (IOException | RuntimeException | Error e) {
      record.close();
      throw e;
    }
  }

  /** False if the checkpoint is damaged, so that nobody can go on from it. */
  private boolean addCheckpoint(String name) throws IOException {
    String path = CopiedFile.CHECKPOINTS + "/" + name;
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve(path))) {
      for (String index : List.of(CopiedFile.MANIFEST, "manifest.crc32c")) {
        addWhole(path + "/" + index, channel(path + "/" + index));
      }
      new TreeMap<>(checkpoint.manifest().files())
          .forEach((file, written) -> add(path + "/" + file, written.bytes(), written.crc32c()));
      for (int i = channels.size(); i < files.size(); i++) {
        channels.add(channel(files.get(i).path()));
      }
      return true;
    } catch (CheckpointException damaged) {
      return false;
    } catch (UserException removed) {
      throw new NoSuchFileException(path);
    }
  }

  private void addWhole(String path, FileChannel channel) throws IOException {
    channels.add(channel);
    long bytes = channel.size();
    add(path, bytes, crc32c(channel, bytes));
  }

  private void add(String path, long bytes, int crc32c) {
    files.add(new CopiedFile(path, bytes, crc32c));
  }

  private FileChannel channel(String path) throws IOException {
    return FileChannel.open(folder.resolve(path), StandardOpenOption.READ);
  }

  /** The checksum of the first bytes of a file. */
  static int crc32c(FileChannel channel, long bytes) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, Math.max(1, bytes)));
    long position = 0;
    while (position < bytes) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), bytes - position));
      int read = channel.read(buffer, position);
      if (read < 0) {
        throw new IOException("a file has become shorter while it was read");
      }
      crc.update(buffer.flip());
      position += read;
    }
    return (int) crc.getValue();
  }
}

package jingwei.cluster.copy;

/**
 * Some bytes of a file.
 *
 * @param bytes of the file, as they are on disk; not changed after construction
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record FilePart(byte[] bytes) implements CopyMessage {
  /** Most bytes in a part; a message may have 1 MiB. */
  static final int MOST_BYTES = 256 << 10;
}

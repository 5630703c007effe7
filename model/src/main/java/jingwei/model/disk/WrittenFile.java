package jingwei.model.disk;

/**
 * The size and the checksum of a file.
 *
 * @param bytes its size
 * @param crc32c of all its bytes
 */
public record WrittenFile(long bytes, int crc32c) {}

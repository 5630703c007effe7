package jingwei.model.checkpoint;

/**
 * What the manifest says of a file.
 *
 * @param bytes its size
 * @param crc32c of all its bytes
 */
public record WrittenFile(long bytes, int crc32c) {}

package jingwei.cluster.chaos;

/**
 * The most memory that a node used, or all nodes of one kind together.
 *
 * @param user words for them, such as {@code node 127.0.0.1:7100}
 * @param memory its name, such as {@code device}
 * @param bytes the peak
 * @param budget the most it may use, in bytes
 */
public record MemoryPeak(String user, String memory, long bytes, long budget) {}

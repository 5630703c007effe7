package jingwei.cluster.chaos;

/**
 * The most memory that a node used.
 *
 * @param node its address
 * @param memory its name, such as {@code device}
 * @param bytes the peak
 * @param budget the most it may use, in bytes
 */
public record MemoryPeak(String node, String memory, long bytes, long budget) {}

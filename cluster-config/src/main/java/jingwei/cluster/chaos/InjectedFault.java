package jingwei.cluster.chaos;

/**
 * A fault that was injected.
 *
 * @param address of the node that it hit; empty if it hit no node
 * @param millis wall-clock time in milliseconds since 1970
 */
public record InjectedFault(PlannedFault plan, String address, long millis) {}

package jingwei.cluster.chaos;

/**
 * A broken promise.
 *
 * @param sentence says what is wrong, where
 */
public record Violation(Promise promise, String sentence) {}

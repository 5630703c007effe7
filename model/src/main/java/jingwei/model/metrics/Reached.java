package jingwei.model.metrics;

/**
 * The progress of a run.
 *
 * @param step the last step, counted from 1
 * @param tokens input tokens of the run so far
 * @param documents documents read completely so far, over all epochs
 * @param epoch epoch of the domain with the least progress, counted from 0
 */
public record Reached(long step, long tokens, long documents, int epoch) {}

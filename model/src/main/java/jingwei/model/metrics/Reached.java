package jingwei.model.metrics;

/**
 * How far a run has come.
 *
 * @param step the last one, counted from 1
 * @param tokens input tokens of the run so far
 * @param documents that the run has read to their end so far, those of earlier epochs again
 * @param epoch of the domain that is least far, counted from 0
 */
public record Reached(long step, long tokens, long documents, int epoch) {}

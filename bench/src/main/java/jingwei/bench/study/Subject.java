package jingwei.bench.study;

/**
 * What is trained.
 *
 * @param study that it belongs to
 * @param name of the rule that differs
 * @param steps of its training
 * @param seed of initial weights, route tables and the order of documents
 */
record Subject(String study, String name, long steps, long seed) {}

package jingwei.bench.learn;

/**
 * What is trained.
 *
 * @param name of the rule that differs
 * @param seed of initial weights, route tables and the order of documents
 */
record Subject(String name, long seed) {}

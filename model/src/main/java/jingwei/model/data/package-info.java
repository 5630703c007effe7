/**
 * From encoded documents to batches: the order of documents, the domains of a step, and packing.
 * Everything is a function of (seed, data, step), so replay is exact.
 */
package jingwei.model.data;

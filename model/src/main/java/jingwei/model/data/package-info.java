/**
 * From encoded documents to batches: the order of documents, which domains a step trains, and
 * packing. All of it is a function of (seed, data, step), which is what makes replay exact.
 */
package jingwei.model.data;

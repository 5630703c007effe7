/**
 * From documents to routed batches as a stream with back pressure: each domain's documents in their
 * order, tokenised, packed by the domain schedule, routed ahead.
 */
package jingwei.streams.batch;

/**
 * The order in which data flows and how it is acknowledged: the spool of standard input, the
 * streams that tokenise and pack, and the feed of batches. No class here holds model state.
 */
package jingwei.streams;

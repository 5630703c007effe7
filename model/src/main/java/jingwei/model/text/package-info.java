/**
 * Text as tokens: a byte-level BPE tokenizer, its trainer, and the sequences that documents become.
 *
 * <p>The vocabulary begins with the control tokens, goes on with the 256 bytes and ends with what
 * merging made of them, so that any text has an encoding and every encoding of a text gives back
 * exactly its bytes.
 */
package jingwei.model.text;

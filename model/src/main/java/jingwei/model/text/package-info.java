/**
 * Text as tokens: a byte-level BPE tokenizer, its trainer, and the token sequences of documents.
 *
 * <p>The vocabulary starts with the control tokens, followed by the 256 bytes and the merged
 * tokens. So any text has an encoding, and decoding it returns exactly its bytes.
 */
package jingwei.model.text;

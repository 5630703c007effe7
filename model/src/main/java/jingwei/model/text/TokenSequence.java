package jingwei.model.text;

/**
 * A document, or one direction of a pair, as tokens with its control tokens.
 *
 * @param documentId the document it comes from
 * @param domain its domain, which is known and never guessed from the tokens
 * @param tokens the ids; not copied, so not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // documents are long and sequences are never compared
public record TokenSequence(String documentId, String domain, int[] tokens) {}

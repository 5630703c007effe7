package jingwei.model.text;

/**
 * A document, or one direction of a pair, as tokens with its control tokens.
 *
 * @param documentId the document it comes from
 * @param domain its domain, always given and never guessed from the tokens
 * @param tokens the ids; not copied, so read-only
 */
@SuppressWarnings("ArrayRecordComponent") // documents are long and sequences are never compared
public record TokenSequence(String documentId, String domain, int[] tokens) {}

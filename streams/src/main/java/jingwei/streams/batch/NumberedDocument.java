package jingwei.streams.batch;

import jingwei.model.data.EncodedDocument;

/**
 * A document of a domain and where it stands.
 *
 * @param epoch times that all documents of the domain were read before
 * @param index documents read before it in this epoch
 * @param isLast whether the epoch ends with it
 */
record NumberedDocument(EncodedDocument document, int epoch, int index, boolean isLast) {}

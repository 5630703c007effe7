package jingwei.model.data;

/** A whole document and its place in the order of its domain. */
public record PlacedDocument(EncodedDocument document, DocumentOrder.Place place) {}

package jingwei.model.data;

/** A whole document of a domain, and where it stands in the order of the domain. */
public record PlacedDocument(EncodedDocument document, DocumentOrder.Place place) {}

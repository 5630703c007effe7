package jingwei.model.data;

/** The documents of one domain, whole, in their {@link DocumentOrder}; it never ends. */
public final class DomainStream {
  private final DocumentSource documents;
  private final DocumentOrder order;

  /**
   * How far the documents of a domain are read.
   *
   * @param epoch times that all documents have been read
   * @param document documents finished in this epoch
   * @param offset inputs taken of the current document
   */
  public record Position(int epoch, int document, int offset) {
    public static final Position START = new Position(0, 0, 0);
  }

  /**
   * @param documents at least one
   * @param start the first document is that of this position, whole
   * @throws IllegalArgumentException if there is no such position; a document is read to find out
   */
  public DomainStream(DocumentSource documents, long seed, int domain, Position start) {
    this.documents = documents;
    this.order = new DocumentOrder(documents.size(), seed, domain, start);
    if (start.offset() > 0) {
      int[] epoch = DocumentOrder.of(seed, domain, start.epoch(), documents.size());
      if (start.offset() >= documents.read(epoch[start.document()]).inputs()) {
        throw new IllegalArgumentException("domain=%d has no %s".formatted(domain, start));
      }
    }
  }

  /** Reads the next document. */
  public PlacedDocument next() {
    DocumentOrder.Place place = order.next();
    return new PlacedDocument(documents.read(place.document()), place);
  }
}

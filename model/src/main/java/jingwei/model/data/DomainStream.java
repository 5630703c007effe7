package jingwei.model.data;

/** The endless stream of the whole documents of one domain, in their {@link DocumentOrder}. */
public final class DomainStream {
  private final DocumentSource documents;
  private final DocumentOrder order;

  /**
   * The position in the documents of a domain.
   *
   * @param epoch number of complete epochs
   * @param document number of documents finished in this epoch
   * @param offset number of inputs taken from the current document
   */
  public record Position(int epoch, int document, int offset) {
    public static final Position START = new Position(0, 0, 0);
  }

  /**
   * @param documents source with at least one document
   * @param start position whose whole document comes first
   * @throws IllegalArgumentException if the position does not exist; checking it reads a document
   */
  public DomainStream(DocumentSource documents, long seed, int domain, Position start) {
    this.documents = documents;
    this.order = new DocumentOrder(documents.size(), seed, domain, start);
    if (start.offset() < 0) {
      throw new IllegalArgumentException("domain=%d has no %s".formatted(domain, start));
    }
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

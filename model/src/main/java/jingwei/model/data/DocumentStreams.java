package jingwei.model.data;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The documents of all domains of a run, each domain in its own order. */
public interface DocumentStreams {
  /** Number of domains. */
  int domains();

  /** Domains with documents, in ascending order. */
  List<Integer> present();

  /**
   * Opens a domain.
   *
   * @param start position whose whole document comes first
   * @throws IllegalArgumentException if the position does not exist in the documents
   */
  OpenDomain open(int domain, DomainStream.Position start);

  /** The documents of one domain from a position on. Belongs to one thread at a time. */
  interface OpenDomain {
    /**
     * Reads the next document. Documents may still arrive; then this waits for them.
     *
     * @param isGivenUp polled during such a wait; if true, the wait ends without a document, and a
     *     later call may get it
     * @return empty if no document follows, or if the wait was given up
     */
    Optional<PlacedDocument> next(BooleanSupplier isGivenUp);
  }

  /**
   * Documents that are all there: endless, in an order that is shuffled anew in each epoch.
   *
   * @param documents of each domain; some domains may have none
   * @param seed of the order
   */
  static DocumentStreams shuffled(List<DocumentSource> documents, long seed) {
    List<DocumentSource> all = List.copyOf(documents);
    return new DocumentStreams() {
      @Override
      public int domains() {
        return all.size();
      }

      @Override
      public List<Integer> present() {
        return Packer.present(all);
      }

      @Override
      public OpenDomain open(int domain, DomainStream.Position start) {
        DomainStream stream = new DomainStream(all.get(domain), seed, domain, start);
        return isGivenUp -> Optional.of(stream.next());
      }
    };
  }
}

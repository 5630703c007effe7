package jingwei.streams.batch;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import jingwei.actors.progress.Progress;
import jingwei.model.data.DomainStream;
import jingwei.model.data.EncodedDocument;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Source;

/** The documents of one domain, over and over, each epoch in a new order; tokenised on demand. */
final class DocumentOrder {
  /** Documents tokenised ahead of the packer. */
  private static final int TOKENISED_AHEAD = 2;

  private DocumentOrder() {}

  private record Place(int epoch, int index) {}

  /**
   * @param documents of the domain; asking for one may tokenise it
   * @param start where to begin; the offset within the document is the packer's business
   * @param progress counts every document
   */
  static Source<NumberedDocument, NotUsed> of(
      List<EncodedDocument> documents,
      long seed,
      int domain,
      DomainStream.Position start,
      Progress progress) {
    Order order = new Order(documents.size(), seed, domain);
    return Source.unfold(
            new Place(start.epoch(), start.document()),
            place -> Optional.of(Pair.create(next(place, documents.size()), place)))
        .mapAsync(
            TOKENISED_AHEAD,
            place -> {
              int at = order.at(place);
              boolean isLast = place.index == documents.size() - 1;
              return CompletableFuture.supplyAsync(
                  () -> {
                    EncodedDocument document = documents.get(at);
                    progress.made();
                    return new NumberedDocument(document, place.epoch, place.index, isLast);
                  });
            });
  }

  private static Place next(Place place, int documents) {
    return place.index + 1 < documents
        ? new Place(place.epoch, place.index + 1)
        : new Place(place.epoch + 1, 0);
  }

  /** The order of the epoch that is being read; asked in rising order by one stream. */
  private static final class Order {
    private final int documents;
    private final long seed;
    private final int domain;
    private int epoch = -1;
    private int[] indices;

    Order(int documents, long seed, int domain) {
      this.documents = documents;
      this.seed = seed;
      this.domain = domain;
    }

    int at(Place place) {
      if (place.epoch != epoch) {
        epoch = place.epoch;
        indices = DomainStream.order(seed, domain, epoch, documents);
      }
      return indices[place.index];
    }
  }
}

package jingwei.streams.batch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import jingwei.actors.progress.Progress;
import jingwei.model.data.DocumentOrder;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DomainStream;
import jingwei.model.data.PlacedDocument;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** The documents of one domain in their {@link DocumentOrder}, read on demand. */
final class DocumentFlow {
  /** Documents read ahead of the packer. */
  private static final int READ_AHEAD = 2;

  private final Executor tokenising;
  private final Progress progress;
  private final long seed;

  /**
   * @param tokenising executor that reads the documents
   * @param progress counts every document
   * @param seed of their order
   */
  DocumentFlow(Executor tokenising, Progress progress, long seed) {
    this.tokenising = tokenising;
    this.progress = progress;
    this.seed = seed;
  }

  /**
   * @param documents of the domain
   * @param start position of the first document, which is read from its beginning
   */
  Source<PlacedDocument, NotUsed> of(
      DocumentSource documents, int domain, DomainStream.Position start) {
    return Source.fromIterator(() -> new DocumentOrder(documents.size(), seed, domain, start))
        .mapAsync(
            READ_AHEAD,
            place -> CompletableFuture.supplyAsync(() -> read(documents, place), tokenising));
  }

  private PlacedDocument read(DocumentSource documents, DocumentOrder.Place place) {
    PlacedDocument read = new PlacedDocument(documents.read(place.document()), place);
    progress.made();
    return read;
  }
}

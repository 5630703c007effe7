package jingwei.streams.batch;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import jingwei.actors.progress.Progress;
import jingwei.actors.train.BatchFeed;
import jingwei.actors.train.TrainingSession;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentStreams;
import jingwei.model.data.PlacedDocument;
import jingwei.model.routing.RouteTable;
import jingwei.streams.live.LiveDocuments;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Feeds a session from documents that still arrive. A document is read only when a batch needs it,
 * in a virtual thread that may wait for it. When the documents end, the session is told that no
 * batch follows.
 *
 * @param start position in the data
 */
public record LiveFeed(BatchSettings settings, LiveDocuments documents, DataPosition start)
    implements BatchFeed {
  @Override
  public void start(
      ActorSystem<TrainingSession.Command> session,
      List<RouteTable> routes,
      Progress progress,
      Consumer<Batch> take) {
    SortedMap<Integer, Source<PlacedDocument, NotUsed>> sources = new TreeMap<>();
    for (int domain : documents.present()) {
      sources.put(domain, source(domain, progress));
    }
    StreamFeed.run(
        BatchFlow.of(settings, sources, start, routes),
        session,
        take,
        new TrainingSession.NoMoreBatches());
  }

  private Source<PlacedDocument, NotUsed> source(int domain, Progress progress) {
    return Source.unfoldResourceAsync(
        () ->
            inVirtualThread(
                () ->
                    new Reading(
                        documents.open(domain, start.streams().get(domain), progress::made),
                        new AtomicBoolean())),
        reading -> inVirtualThread(reading::next),
        Reading::close);
  }

  private static <T> CompletionStage<T> inVirtualThread(Supplier<T> task) {
    return CompletableFuture.supplyAsync(task, Thread::startVirtualThread);
  }

  /**
   * An open domain.
   *
   * @param isClosed ends a wait for its next document
   */
  private record Reading(DocumentStreams.OpenDomain documents, AtomicBoolean isClosed) {
    Optional<PlacedDocument> next() {
      return documents.next(isClosed::get);
    }

    CompletionStage<Done> close() {
      isClosed.set(true);
      return CompletableFuture.completedFuture(Done.getInstance());
    }
  }
}

package jingwei.streams.batch;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import jingwei.actors.progress.Progress;
import jingwei.actors.train.BatchFeed;
import jingwei.actors.train.TrainingSession;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.typed.javadsl.ActorSink;

/**
 * Feeds a session from {@link BatchFlow}. Documents are read only when the session asks for a
 * batch.
 *
 * @param documents of each domain
 * @param seed of their order
 * @param start position in the data
 */
public record StreamFeed(
    BatchSettings settings, List<DocumentSource> documents, long seed, DataPosition start)
    implements BatchFeed {
  /** Dispatcher that documents are tokenised on. */
  private static final DispatcherSelector TOKENISING =
      DispatcherSelector.fromConfig("jingwei.tokenising");

  @Override
  public void start(
      ActorSystem<TrainingSession.Command> session,
      List<RouteTable> routes,
      Progress progress,
      Consumer<Batch> take) {
    Executor tokenising = session.dispatchers().lookup(TOKENISING);
    run(
        BatchFlow.of(settings, documents, seed, start, routes, progress, tokenising),
        session,
        take);
  }

  /**
   * Runs an endless source of batches until the session ends. The session asks for each batch.
   *
   * @param take receives each batch before the session hears of it
   */
  public static void run(
      Source<Batch, NotUsed> batches,
      ActorSystem<TrainingSession.Command> session,
      Consumer<Batch> take) {
    run(batches, session, take, new TrainingSession.Disconnect("the stream of batches ended"));
  }

  /**
   * @param atEnd tells the session that the stream ended
   */
  static void run(
      Source<Batch, NotUsed> batches,
      ActorSystem<TrainingSession.Command> session,
      Consumer<Batch> take,
      TrainingSession.Command atEnd) {
    batches
        .map(
            batch -> {
              take.accept(batch);
              return batch.step();
            })
        .to(sink(session, atEnd))
        .withAttributes(Attributes.inputBuffer(1, 1))
        .run(session);
  }

  private static Sink<Long, NotUsed> sink(
      ActorSystem<TrainingSession.Command> session, TrainingSession.Command atEnd) {
    return ActorSink.actorRefWithBackpressure(
        session,
        (more, step) -> new TrainingSession.Offer(step, more),
        TrainingSession.Connect::new,
        TrainingSession.Wanted.ANOTHER,
        atEnd,
        failure -> new TrainingSession.Disconnect("the stream of batches failed: " + failure));
  }
}

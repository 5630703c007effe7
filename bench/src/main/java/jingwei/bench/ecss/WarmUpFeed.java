package jingwei.bench.ecss;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import jingwei.actors.progress.Progress;
import jingwei.actors.train.BatchFeed;
import jingwei.actors.train.TrainingSession;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.routing.RouteTable;
import jingwei.streams.batch.BatchFlow;
import jingwei.streams.batch.StreamFeed;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Feeds some steps with several domains each, until every domain has had its turn, and then the
 * steps that are measured. So an expert takes its memory before it is measured, in few steps.
 *
 * @param warmUp number of steps with {@code domainsPerWarmUp} domains
 */
record WarmUpFeed(Work work, int warmUp, int domainsPerWarmUp) implements BatchFeed {
  @Override
  public void start(
      ActorSystem<TrainingSession.Command> session,
      List<RouteTable> routes,
      Progress progress,
      Consumer<Batch> take) {
    Executor tokenising =
        session.dispatchers().lookup(DispatcherSelector.fromConfig("jingwei.tokenising"));
    BatchSettings mixed = work.batches(domainsPerWarmUp);
    DataPosition start = DataPosition.start(work.text().size());
    BatchStream ahead = new BatchStream(mixed, work.text(), Work.SEED, routes);
    for (int i = 0; i < warmUp; i++) {
      ahead.next();
    }
    Source<Batch, NotUsed> first =
        BatchFlow.of(mixed, work.text(), Work.SEED, start, routes, progress, tokenising);
    Source<Batch, NotUsed> second =
        BatchFlow.of(
            work.batches(), work.text(), Work.SEED, ahead.position(), routes, progress, tokenising);
    StreamFeed.run(first.take(warmUp).concatLazy(second), session, take);
  }
}

package jingwei.streams.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import jingwei.actors.progress.Progress;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.MicroBatch;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;

/** A system for streams of batches, and small data of known shapes. */
final class BatchFlowFixture implements AutoCloseable {
  static final int CONTEXT = 10;
  static final long SEED = 7;
  private static final int VOCABULARY = 40;

  final ActorSystem<Void> system =
      ActorSystem.create(Behaviors.empty(), "test", ConfigFactory.load("jingwei-actors"));

  /** Documents, and how often one was read. */
  static final class Counted implements DocumentSource {
    private final List<EncodedDocument> documents;
    private final IntConsumer onRead;
    private final AtomicInteger asked = new AtomicInteger();

    /**
     * @param onRead called with the number of reads so far
     */
    Counted(List<EncodedDocument> documents, IntConsumer onRead) {
      this.documents = documents;
      this.onRead = onRead;
    }

    @Override
    public EncodedDocument read(int index) {
      onRead.accept(asked.incrementAndGet());
      return documents.get(index);
    }

    @Override
    public int size() {
      return documents.size();
    }

    int asked() {
      return asked.get();
    }
  }

  /** Documents of these lengths, at least two; their tokens differ. */
  static List<EncodedDocument> documents(int domain, int... lengths) {
    List<EncodedDocument> documents = new ArrayList<>();
    int next = 13 * domain;
    for (int length : lengths) {
      int[] tokens = new int[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = next++ % VOCABULARY;
      }
      documents.add(new EncodedDocument(domain + "-" + documents.size(), domain, tokens));
    }
    return documents;
  }

  static List<RouteTable> routes(int domains) {
    return List.of(RouteTable.draw(RouteMode.PERMUTE, 1, 0, domains, 2, VOCABULARY, null));
  }

  Source<Batch, NotUsed> flow(
      BatchSettings settings, List<DocumentSource> documents, DataPosition start) {
    return BatchFlow.of(
        settings,
        documents,
        SEED,
        start,
        routes(documents.size()),
        new Progress(),
        system.dispatchers().lookup(DispatcherSelector.fromConfig("jingwei.tokenising")));
  }

  /** The first batches from a position on. */
  List<Batch> take(
      int count, BatchSettings settings, List<DocumentSource> documents, DataPosition start) {
    return flow(settings, documents, start)
        .take(count)
        .runWith(Sink.seq(), system)
        .toCompletableFuture()
        .join();
  }

  /** A sink that requests a batch only when it is pulled. */
  SinkQueueWithCancel<Batch> pulled(Source<Batch, NotUsed> flow) {
    return flow.runWith(Sink.<Batch>queue().withAttributes(Attributes.inputBuffer(1, 1)), system);
  }

  static DataPosition start(BatchSettings settings, List<DocumentSource> documents) {
    return stream(settings, documents).position();
  }

  /** The batches that a flow over the same documents has. */
  static BatchStream stream(BatchSettings settings, List<DocumentSource> documents) {
    return new BatchStream(settings, documents, SEED, routes(documents.size()));
  }

  static void assertSame(Batch expected, Batch actual) {
    assertEquals(expected.step(), actual.step());
    assertEquals(expected.epoch(), actual.epoch());
    assertEquals(expected.documents(), actual.documents());
    assertEquals(expected.replicas(), actual.replicas());
    assertEquals(expected.microBatches().size(), actual.microBatches().size());
    assertEquals(expected.after(), actual.after());
    for (int m = 0; m < expected.microBatches().size(); m++) {
      MicroBatch one = expected.microBatches().get(m);
      MicroBatch other = actual.microBatches().get(m);
      assertArrayEquals(one.tokens(), other.tokens());
      assertArrayEquals(one.targets(), other.targets());
      assertArrayEquals(one.positions(), other.positions());
      assertArrayEquals(one.domains(), other.domains());
      assertArrayEquals(one.segments(), other.segments());
      assertArrayEquals(
          expected.routes().plans(m).getFirst().order(),
          actual.routes().plans(m).getFirst().order(),
          "routes");
    }
  }

  @Override
  public void close() {
    system.terminate();
    system.getWhenTerminated().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }
}

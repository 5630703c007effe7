package jingwei.streams.batch;

import static jingwei.streams.batch.BatchFlowFixture.CONTEXT;
import static jingwei.streams.batch.BatchFlowFixture.documents;
import static jingwei.streams.batch.BatchFlowFixture.start;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The stream of batches is the batches of {@link BatchStream}, and reads no more than it must. */
@Timeout(60)
class BatchFlowTest {
  private static final int BATCHES = 50;
  private static final BatchFlowFixture FIXTURE = new BatchFlowFixture();
  private static final int[] MIXED = {25, 4, 9, 3, 14, 31, 6};

  @AfterAll
  static void close() {
    FIXTURE.close();
  }

  static Stream<Arguments> data() {
    DocumentSource first = source(0, MIXED);
    DocumentSource second = source(1, 14, 3, 22, 8);
    DocumentSource third = source(2, 5, 12);
    return Stream.of(
        Arguments.of("one domain", settings(4, 2, 1, 0, 1.0), List.of(first)),
        Arguments.of(
            "all domains", settings(4, 2, 1, 0, 1.0, 1.0, 1.0), List.of(first, second, third)),
        Arguments.of(
            "one of three domains",
            settings(4, 4, 1, 1, 1.0, 1.0, 1.0),
            List.of(first, second, third)),
        Arguments.of(
            "two of three domains",
            settings(4, 2, 1, 2, 1.0, 1.0, 1.0),
            List.of(first, second, third)),
        Arguments.of(
            "weights", settings(4, 2, 1, 0, 0.5, 7.0, 2.25), List.of(first, second, third)),
        Arguments.of(
            "weights of two of three",
            settings(4, 1, 1, 2, 1.0, 9.0, 3.0),
            List.of(first, second, third)),
        Arguments.of("replicas", settings(8, 2, 4, 0, 1.0, 1.0), List.of(first, second)),
        Arguments.of(
            "a domain without documents",
            settings(4, 2, 1, 2, 1.0, 1.0, 1.0),
            List.of(first, DocumentSource.NONE, third)),
        Arguments.of(
            "documents longer than rows",
            settings(2, 1, 1, 0, 1.0, 1.0),
            List.of(source(0, 95, 33), second)),
        Arguments.of(
            "documents longer than batches", settings(1, 1, 1, 0, 1.0), List.of(source(0, 95, 61))),
        Arguments.of(
            "documents as long as rows", settings(2, 1, 1, 0, 1.0), List.of(source(0, 11, 11, 11))),
        Arguments.of(
            "documents of one input",
            settings(2, 1, 1, 0, 1.0, 1.0),
            List.of(source(0, 2, 2, 2), second)),
        Arguments.of("one document of one input", settings(3, 1, 1, 0, 1.0), List.of(source(0, 2))),
        Arguments.of(
            "fewer documents than a batch",
            settings(8, 4, 2, 0, 1.0, 1.0),
            List.of(source(0, 4), source(1, 5, 12))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("data")
  void givesTheBatchesOfTheReferenceAndItsPositions(
      String name, BatchSettings settings, List<DocumentSource> documents) {
    BatchStream reference = BatchFlowFixture.stream(settings, documents);
    List<Batch> batches = FIXTURE.take(BATCHES, settings, documents, reference.position());
    assertEquals(BATCHES, batches.size());
    for (Batch batch : batches) {
      BatchFlowFixture.assertSame(reference.next(), batch);
      assertEquals(reference.position(), batch.after());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("data")
  void goesOnFromAnyPositionWithTheSameBatches(
      String name, BatchSettings settings, List<DocumentSource> documents) {
    BatchStream reference = BatchFlowFixture.stream(settings, documents);
    List<Batch> expected = new ArrayList<>();
    List<DataPosition> positions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      positions.add(reference.position());
      expected.add(reference.next());
    }
    positions.add(reference.position());
    for (int from = 0; from < 15; from++) {
      List<Batch> batches = FIXTURE.take(5, settings, documents, positions.get(from));
      for (int i = 0; i < 5; i++) {
        BatchFlowFixture.assertSame(expected.get(from + i), batches.get(i));
        assertEquals(positions.get(from + i + 1), batches.get(i).after());
      }
    }
  }

  /** Every document is a row long, so that a batch takes as many as it has rows. */
  @Test
  void asksForFewDocumentsBeyondTheBatchesThatAreAskedFor() {
    int rows = 4;
    BatchFlowFixture.Counted documents = counted(1000, count -> {});
    BatchSettings settings = settings(rows, 1, 1, 0, 1.0);
    SinkQueueWithCancel<Batch> queue =
        FIXTURE.pulled(
            FIXTURE.flow(settings, List.of(documents), start(settings, List.of(documents))));
    int most = 0;
    for (int asked = 1; asked <= 40; asked++) {
      Batch batch = queue.pull().toCompletableFuture().join().orElseThrow();
      assertEquals(asked, batch.step());
      most = Math.max(most, documents.asked() - asked * rows);
    }
    queue.cancel();
    assertTrue(most <= 4 * rows, "asked for %d beyond".formatted(most));
  }

  @Test
  void failsWithTheDocumentThatCannotBeTokenised() {
    DocumentSource documents = counted(100, count -> failAt(count, 30));
    BatchSettings settings = settings(4, 1, 1, 0, 1.0);
    List<DocumentSource> all = List.of(documents);
    List<Batch> before = FIXTURE.take(3, settings, all, start(settings, all));
    assertEquals(3, before.size());
    List<DocumentSource> again = List.of(counted(100, count -> failAt(count, 30)));
    CompletionException failure =
        assertThrows(
            CompletionException.class,
            () ->
                FIXTURE
                    .flow(settings, again, start(settings, again))
                    .runWith(Sink.ignore(), FIXTURE.system)
                    .toCompletableFuture()
                    .join());
    assertEquals("document 30 is broken", root(failure).getMessage());
  }

  @Test
  void refusesDataWithoutADocument() {
    BatchSettings settings = settings(4, 1, 1, 0, 1.0, 1.0);
    List<DocumentSource> some = List.of(source(0, 5), DocumentSource.NONE);
    DataPosition start = start(settings, some);
    List<DocumentSource> none = List.of(DocumentSource.NONE, DocumentSource.NONE);
    assertThrows(IllegalArgumentException.class, () -> FIXTURE.flow(settings, none, start));
  }

  private static void failAt(int count, int broken) {
    if (count == broken) {
      throw new IllegalStateException("document " + broken + " is broken");
    }
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static DocumentSource source(int domain, int... lengths) {
    return DocumentSource.of(documents(domain, lengths));
  }

  private static BatchFlowFixture.Counted counted(int documents, IntConsumer onGet) {
    int[] lengths = new int[documents];
    Arrays.fill(lengths, CONTEXT + 1);
    return new BatchFlowFixture.Counted(documents(0, lengths), onGet);
  }

  private static BatchSettings settings(
      int rows, int rowsPerMicroBatch, int replicas, int domainsPerBatch, Double... weights) {
    return new BatchSettings(
        rows, rowsPerMicroBatch, replicas, CONTEXT, domainsPerBatch, List.of(weights));
  }
}

package jingwei.model.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchStreamTest {
  private static final int CONTEXT = 10;

  @Test
  void predictsEveryTokenButTheFirstOnceAnEpoch() {
    List<EncodedDocument> documents = documents(0, 7, 3, 13, 2, 25, 4);
    int inputs = documents.stream().mapToInt(EncodedDocument::inputs).sum();
    BatchStream stream = stream(1, 0, List.of(documents));
    Map<Integer, Integer> seen = new HashMap<>();
    int left = inputs;
    while (left > 0) {
      MicroBatch batch = stream.next().microBatches().getFirst();
      for (int i = 0; i < batch.numTokens() && left > 0; i++, left--) {
        assertEquals(batch.tokens()[i] + 1, batch.targets()[i]);
        seen.merge(batch.targets()[i], 1, Integer::sum);
      }
    }
    assertEquals(inputs, seen.size());
    assertTrue(seen.values().stream().allMatch(count -> count == 1));
  }

  @Test
  void restartsPositionsWithEverySegmentAndNeverCrossesARow() {
    BatchStream stream = stream(3, 0, List.of(documents(0, 25, 4, 9), documents(1, 14)));
    for (int step = 0; step < 20; step++) {
      for (MicroBatch batch : stream.next().microBatches()) {
        assertEquals(30, batch.numTokens());
        for (int s = 0; s + 1 < batch.segments().length; s++) {
          int from = batch.segments()[s];
          int to = batch.segments()[s + 1];
          assertEquals(from / CONTEXT, (to - 1) / CONTEXT);
          for (int i = from; i < to; i++) {
            assertEquals(i - from, batch.positions()[i]);
          }
        }
      }
    }
  }

  @Test
  void continuesFromAnyPositionWithTheSameBatches() {
    List<List<EncodedDocument>> documents =
        List.of(documents(0, 25, 4, 9), documents(1, 14, 3), documents(2, 5));
    for (int domainsPerBatch : new int[] {0, 1, 2}) {
      for (int stop = 0; stop < 12; stop++) {
        BatchStream whole = stream(2, domainsPerBatch, documents);
        BatchStream first = stream(2, domainsPerBatch, documents);
        for (int i = 0; i < stop; i++) {
          whole.next();
          first.next();
        }
        BatchStream second = stream(2, domainsPerBatch, documents);
        second.seek(first.position());
        for (int i = 0; i < 10; i++) {
          Batch expected = whole.next();
          Batch actual = second.next();
          assertEquals(expected.step(), actual.step());
          assertEquals(expected.documents(), actual.documents());
          assertArrayEquals(
              expected.microBatches().getFirst().tokens(),
              actual.microBatches().getFirst().tokens());
        }
      }
    }
  }

  @Test
  void readsDocumentsInANewOrderEachEpochAndForEachSeed() {
    List<EncodedDocument> documents = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      documents.add(new EncodedDocument("doc-" + i, 0, new int[CONTEXT + 1]));
    }
    List<String> first = order(documents, 1, 0);
    assertEquals(first, order(documents, 1, 0));
    assertNotEquals(first, order(documents, 1, 1));
    assertNotEquals(first, order(documents, 2, 0));
  }

  @Test
  void sharesTokensByWeightExactlyInTheLongRun() {
    DomainSchedule schedule = new DomainSchedule(List.of(1.0, 2.0, 4.0), List.of(0, 1, 2), 0);
    long[] sums = new long[3];
    for (int step = 0; step < 70; step++) {
      int[] shares = schedule.next(100);
      assertEquals(100, shares[0] + shares[1] + shares[2]);
      for (int d = 0; d < 3; d++) {
        sums[d] += shares[d];
      }
    }
    assertArrayEquals(new long[] {1000, 2000, 4000}, sums);
  }

  @Test
  void letsDomainsTakeTurnsWhenABatchHoldsFewerThanAll() {
    DomainSchedule schedule =
        new DomainSchedule(BatchSettings.equalWeights(4), List.of(0, 1, 2, 3), 2);
    int[] before = new int[4];
    for (int step = 0; step < 20; step++) {
      int[] shares = schedule.next(64);
      int chosen = 0;
      for (int d = 0; d < 4; d++) {
        chosen += shares[d] > 0 ? 1 : 0;
        assertTrue(shares[d] == 0 || before[d] == 0, "a domain came twice in a row");
      }
      assertEquals(2, chosen);
      before = shares;
    }
  }

  private static List<String> order(List<EncodedDocument> documents, long seed, int epoch) {
    DomainStream stream =
        new DomainStream(
            DocumentSource.of(documents), seed, 0, new DomainStream.Position(epoch, 0, 0));
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      ids.add(stream.next().document().id());
    }
    return ids;
  }

  private static BatchStream stream(
      int rows, int domainsPerBatch, List<List<EncodedDocument>> documents) {
    return new BatchStream(
        new BatchSettings(
            rows, rows, 1, CONTEXT, domainsPerBatch, BatchSettings.equalWeights(documents.size())),
        documents.stream().map(DocumentSource::of).toList(),
        1,
        List.of());
  }

  /**
   * Documents of these lengths. All tokens are distinct, and each is one more than the token before
   * it.
   */
  private static List<EncodedDocument> documents(int domain, int... lengths) {
    List<EncodedDocument> documents = new ArrayList<>();
    int next = 1000 * domain;
    for (int length : lengths) {
      int[] tokens = new int[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = next++;
      }
      documents.add(new EncodedDocument(domain + "-" + documents.size(), domain, tokens));
    }
    return documents;
  }
}

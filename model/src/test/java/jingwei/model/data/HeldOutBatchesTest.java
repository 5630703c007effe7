package jingwei.model.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HeldOutBatchesTest {
  private static final int CONTEXT = 10;

  @Test
  void predictsEveryTokenButTheFirstOnce() {
    DocumentSource documents = DocumentSource.of(List.of(document(25), document(2), document(4)));
    List<MicroBatch> batches = HeldOutBatches.of(documents, CONTEXT, 2, Long.MAX_VALUE);
    assertEquals(24 + 1 + 3, targets(batches).size());
    assertTrue(batches.stream().allMatch(batch -> batch.numTokens() <= 2 * CONTEXT));
  }

  /** Even one token of a long document must not take the whole document. */
  @Test
  void stopsAtTheExactToken() {
    DocumentSource documents =
        DocumentSource.of(List.of(document(4), document(1000), document(50)));
    List<Integer> all = targets(HeldOutBatches.of(documents, CONTEXT, 2, Long.MAX_VALUE));
    for (int limit : new int[] {0, 1, 2, 3, 4, 9, 10, 11, 20, 500, 1002, 1003, 1051, 1052}) {
      List<MicroBatch> batches = HeldOutBatches.of(documents, CONTEXT, 2, limit);
      assertEquals(all.subList(0, Math.min(limit, all.size())), targets(batches), "limit " + limit);
      assertTrue(batches.stream().allMatch(batch -> batch.numTokens() == batch.numTargets()));
    }
  }

  /** Reading a document tokenises it. */
  @Test
  void readsNoMoreDocumentsThanItNeeds() {
    List<Integer> lookedAt = new ArrayList<>();
    DocumentSource documents =
        new DocumentSource() {
          @Override
          public EncodedDocument read(int index) {
            lookedAt.add(index);
            return document(4);
          }

          @Override
          public int size() {
            return 1000;
          }
        };
    assertEquals(6, targets(HeldOutBatches.of(documents, CONTEXT, 2, 6)).size());
    assertEquals(List.of(0, 1), lookedAt);
  }

  private static List<Integer> targets(List<MicroBatch> batches) {
    List<Integer> targets = new ArrayList<>();
    batches.forEach(batch -> IntStream.of(batch.targets()).forEach(targets::add));
    return targets;
  }

  private static EncodedDocument document(int tokens) {
    return new EncodedDocument("id", 0, IntStream.range(0, tokens).toArray());
  }
}

package jingwei.model.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;
import org.junit.jupiter.api.Test;

class BatchPartsTest {
  private static final int DOMAINS = 2;
  private static final int PER_DOMAIN = 6;
  private static final int LAYERS = 3;
  private static final int VOCABULARY = 40;

  private static final List<RouteTable> TABLES =
      IntStream.range(0, LAYERS)
          .mapToObj(
              layer ->
                  RouteTable.draw(
                      RouteMode.PERMUTE, 7, layer, DOMAINS, PER_DOMAIN, VOCABULARY, null))
          .toList();

  @Test
  void givesOneDeviceTheWholeBatch() {
    Batch batch = training(6, 2);
    SortedMap<Integer, BatchPart> parts = BatchParts.of(batch, replica -> 0, 1);
    assertEquals(Set.of(0), parts.keySet());
    BatchPart whole = parts.get(0);
    assertSame(batch.microBatches(), whole.microBatches());
    assertSame(batch.routes(), whole.routes());
    assertEquals(List.of(0, 1), whole.replicas());
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int expert = 0; expert < DOMAINS * PER_DOMAIN; expert++) {
        assertEquals(
            activates(batch.routes(), layer, expert) ? 1 : 0,
            whole.experts().devicesOf(layer, expert));
      }
    }
  }

  @Test
  void coversEachMicroBatchOnce() {
    for (int devices = 1; devices <= 5; devices++) {
      for (int replicas = devices; replicas <= 6; replicas++) {
        int numDevices = devices;
        Batch batch = training(2 * replicas, replicas);
        covers(batch, BatchParts.of(batch, replica -> replica % numDevices, numDevices), devices);
      }
      for (int count = 1; count <= 7; count++) {
        Batch batch = Batch.ofEvaluation(-count, microBatches(count), TABLES);
        SortedMap<Integer, BatchPart> parts =
            BatchParts.of(
                batch,
                replica -> {
                  throw new AssertionError("an evaluation has no replicas");
                },
                devices);
        covers(batch, parts, Math.min(count, devices));
      }
    }
  }

  @Test
  void givesEachDeviceItsReplicas() {
    Batch batch = training(8, 4);
    int[] positions = {1, 0, 0, 1};
    SortedMap<Integer, BatchPart> parts = BatchParts.of(batch, replica -> positions[replica], 2);
    assertArrayEquals(new int[] {2, 3, 4, 5}, parts.get(0).indices());
    BatchPart part = parts.get(1);
    assertArrayEquals(new int[] {0, 1, 6, 7}, part.indices());
    assertEquals(List.of(0, 3), part.replicas());
    assertEquals(List.of(0, 0, 3, 3), by(part, part::replicaOf));
    assertEquals(List.of(1, 7), only(part, part::isLastOfReplica));
    assertEquals(List.of(7), only(part, part::isLast));
    assertSame(batch.microBatches().get(6), part.microBatch(6));
    assertTrue(part.has(6));
    assertFalse(part.has(5));
    assertThrows(IllegalArgumentException.class, () -> part.microBatch(5));
  }

  @Test
  void dealsConsecutiveRunsOfAnEvaluation() {
    Batch batch = Batch.ofEvaluation(-1, microBatches(8), TABLES);
    SortedMap<Integer, BatchPart> parts = BatchParts.of(batch, replica -> 0, 3);
    assertArrayEquals(new int[] {0, 1, 2}, parts.get(0).indices());
    assertArrayEquals(new int[] {3, 4, 5}, parts.get(1).indices());
    assertArrayEquals(new int[] {6, 7}, parts.get(2).indices());
    assertEquals(List.of(2), only(parts.get(0), parts.get(0)::isLastOfReplica));
    assertEquals(List.of(0), parts.get(2).replicas());
    assertFalse(parts.get(0).isTraining());
    assertEquals(-1, parts.get(0).step());
    Batch small = Batch.ofEvaluation(-2, microBatches(2), TABLES);
    assertEquals(Set.of(0, 1), BatchParts.of(small, replica -> 0, 3).keySet());
  }

  @Test
  void refusesPartsThatCannotBe() {
    Batch batch = training(4, 2);
    BatchPart part = BatchParts.of(batch, replica -> replica, 2).get(1);
    for (int[] indices : List.of(new int[] {3, 2}, new int[] {2, 4}, new int[] {2}, new int[0])) {
      assertThrows(
          IllegalArgumentException.class,
          () ->
              new BatchPart(
                  part.totals(), indices, part.microBatches(), part.routes(), part.experts()));
    }
    assertThrows(IllegalArgumentException.class, () -> BatchParts.of(batch, replica -> 0, 0));
    assertThrows(IllegalArgumentException.class, () -> BatchParts.of(batch, replica -> 0, 64));
    assertThrows(IllegalArgumentException.class, () -> new BatchTotals(1, 5, 2, 0));
  }

  private static void covers(Batch batch, SortedMap<Integer, BatchPart> parts, int numParts) {
    assertEquals(numParts, parts.size());
    List<Integer> covered = new ArrayList<>();
    parts.forEach(
        (position, part) -> {
          assertEquals(batch.step(), part.step());
          assertEquals(batch.numTargets(), part.numTargets());
          for (int index : part.indices()) {
            covered.add(index);
            assertSame(batch.microBatches().get(index), part.microBatch(index));
            assertSame(batch.routes().plans(index), part.plans(index));
            assertEquals(batch.replicaOf(index), part.replicaOf(index));
          }
          hasItsUses(batch, part, position);
        });
    assertEquals(
        IntStream.range(0, batch.microBatches().size()).boxed().toList(),
        covered.stream().sorted().toList());
  }

  private static void hasItsUses(Batch batch, BatchPart part, int position) {
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int expert = 0; expert < DOMAINS * PER_DOMAIN; expert++) {
        int last = -1;
        for (int index : part.indices()) {
          last = activates(batch.routes().plans(index).get(layer), expert) ? index : last;
        }
        for (int index : part.indices()) {
          assertEquals(last == index, part.isLastUse(index, layer, expert));
        }
        long devices = part.experts().devicesOf(layer, expert);
        assertEquals(last >= 0 ? 1 : 0, devices >> position & 1);
        assertEquals(activates(batch.routes(), layer, expert), devices != 0);
      }
    }
  }

  private static boolean activates(BatchRoutes routes, int layer, int expert) {
    return routes.active(layer).anyMatch(active -> active == expert);
  }

  private static boolean activates(RoutePlan plan, int expert) {
    return IntStream.range(0, plan.numActive()).anyMatch(i -> plan.expert(i) == expert);
  }

  private static List<Integer> by(BatchPart part, IntUnaryOperator value) {
    return Arrays.stream(part.indices()).map(value).boxed().toList();
  }

  private static List<Integer> only(BatchPart part, IntPredicate filter) {
    return Arrays.stream(part.indices()).filter(filter).boxed().toList();
  }

  private static Batch training(int count, int replicas) {
    return Batch.ofStep(5, microBatches(count), replicas, TABLES, BatchOrigin.NONE);
  }

  /** Few tokens each, so that many experts are active in some micro-batches only. */
  private static List<MicroBatch> microBatches(int count) {
    Random random = new Random(count);
    List<MicroBatch> microBatches = new ArrayList<>();
    for (int m = 0; m < count; m++) {
      int tokens = 2 + random.nextInt(4);
      microBatches.add(
          new MicroBatch(
              random.ints(tokens, 0, VOCABULARY).toArray(),
              random.ints(tokens, -1, VOCABULARY).toArray(),
              IntStream.range(0, tokens).toArray(),
              random.ints(tokens, 0, DOMAINS).toArray(),
              new int[] {0, tokens}));
    }
    return microBatches;
  }
}

package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.step.FaultPlan;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchPart;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DeviceTest {
  private static final int MICRO_BATCHES = 2048;
  private static final RouteTable ROUTES =
      RouteTable.of(new short[][] {{0, 0, 0, 1}, {2, 3, 3, 3}}, 2);

  /** All experts of a domain compute in each of many micro-batches, forward and backward. */
  @Test
  @Timeout(30)
  void tellsWhenEachExpertComputesInManyMicroBatches() {
    Decoder decoder =
        new Decoder(
            new DecoderShape(
                4,
                4,
                new DecoderShape.Sizes(4, 1, 4),
                new DecoderShape.Stack(1, 1, false),
                new DecoderShape.Experts(2, 2)));
    List<MicroBatch> microBatches = new ArrayList<>();
    Map<Integer, List<Long>> expected = new TreeMap<>();
    for (int m = 0; m < MICRO_BATCHES; m++) {
      int domain = m % 2;
      microBatches.add(
          new MicroBatch(
              new int[] {0, 1, 3},
              new int[] {1, 3, -1},
              new int[] {0, 1, 2},
              new int[] {domain, domain, domain},
              new int[] {0, 3}));
      for (int expert : new int[] {2 * domain, 2 * domain + 1}) {
        List<Long> own =
            expected.computeIfAbsent(decoder.ownerOf(2, expert), index -> new ArrayList<>());
        own.add(2L * (MICRO_BATCHES + m));
        own.add(2L * (MICRO_BATCHES + m) + 1);
      }
    }
    Device device =
        new Device(
            decoder,
            ElementType.FLOAT32,
            null,
            null,
            new DeviceBuffers(List.of(), 4, 3, null),
            DevicePlace.alone(1),
            FaultPlan.none());
    Batch batch = Batch.ofStep(1, microBatches, 1, List.of(ROUTES), BatchOrigin.NONE);
    device.take(BatchPart.whole(batch));
    Map<Integer, long[]> uses = device.uses(1);
    assertEquals(expected.keySet(), new TreeMap<>(uses).keySet());
    expected.forEach(
        (expert, at) ->
            assertArrayEquals(at.stream().mapToLong(p -> p).toArray(), uses.get(expert)));
  }

  private static Device tiny() {
    Decoder decoder =
        new Decoder(
            new DecoderShape(
                4,
                3,
                new DecoderShape.Sizes(4, 1, 4),
                new DecoderShape.Stack(1, 1, false),
                new DecoderShape.Experts(2, 2)));
    return new Device(
        decoder,
        ElementType.FLOAT32,
        null,
        null,
        new DeviceBuffers(List.of(), 4, 3, null),
        DevicePlace.alone(1),
        FaultPlan.none());
  }

  private static BatchPart part(int[] tokens, int[] targets, int[] positions) {
    MicroBatch microBatch =
        new MicroBatch(
            tokens, targets, positions, new int[tokens.length], new int[] {0, tokens.length});
    RouteTable wide = RouteTable.of(new short[][] {{0, 0, 0, 1, 1}, {2, 3, 3, 3, 3}}, 2);
    return BatchPart.whole(
        Batch.ofStep(1, List.of(microBatch), 1, List.of(wide), BatchOrigin.NONE));
  }

  /** Kernels would read and write outside their memory. */
  @Test
  void aPartThatDoesNotFitTheDecoderIsRefused() {
    int[] positions = {0, 1, 2};
    tiny().take(part(new int[] {0, 1, 3}, new int[] {1, 3, -1}, positions));
    refuses("token 4", part(new int[] {0, 4, 3}, new int[] {1, 3, -1}, positions));
    refuses("target 4", part(new int[] {0, 1, 3}, new int[] {1, 4, -1}, positions));
    refuses("target -2", part(new int[] {0, 1, 3}, new int[] {1, -2, -1}, positions));
    refuses("position 3", part(new int[] {0, 1, 3}, new int[] {1, 3, -1}, new int[] {0, 1, 3}));
    refuses("position -1", part(new int[] {0, 1, 3}, new int[] {1, 3, -1}, new int[] {-1, 0, 1}));
    refuses("4 tokens", part(new int[] {0, 1, 3, 0}, new int[4], new int[] {0, 1, 2, 0}));
  }

  @Test
  void routesOfAnotherDecoderAreRefused() {
    MicroBatch microBatch =
        new MicroBatch(
            new int[] {1}, new int[] {1}, new int[] {0}, new int[] {0}, new int[] {0, 1});
    RouteTable more = RouteTable.of(new short[][] {{0, 0, 1, 1}, {2, 2, 3, 3}, {4, 4, 5, 5}}, 2);
    List<MicroBatch> all = List.of(microBatch);
    refuses(
        "routes to 6 experts",
        BatchPart.whole(Batch.ofStep(1, all, 1, List.of(more), BatchOrigin.NONE)));
    refuses(
        "routes of 2 layers",
        BatchPart.whole(Batch.ofStep(1, all, 1, List.of(ROUTES, ROUTES), BatchOrigin.NONE)));
  }

  private static void refuses(String reason, BatchPart part) {
    Device device = tiny();
    String text =
        assertThrows(IllegalArgumentException.class, () -> device.take(part)).getMessage();
    assertTrue(text.contains(reason), text);
    assertFalse(device.hasPart(1));
  }
}

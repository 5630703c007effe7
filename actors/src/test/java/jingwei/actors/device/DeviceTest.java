package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

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
}

package jingwei.model.data;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * The experts that a batch activates, and the devices that activate each of them.
 *
 * @param experts the active experts of each layer in ascending order, [layers][active]; read-only
 * @param devices for each of them, a bit for each device with a token for it: bit i is the device
 *     at position i, [layers][active]; read-only
 */
@SuppressWarnings("ArrayRecordComponent") // read by index, never compared
public record ActiveExperts(int[][] experts, long[][] devices) {
  /** Most devices that have a bit. */
  static final int MOST_DEVICES = 63;

  public ActiveExperts {
    if (experts.length != devices.length) {
      throw new IllegalArgumentException(
          "layers=%d and %d".formatted(experts.length, devices.length));
    }
    for (int layer = 0; layer < experts.length; layer++) {
      if (experts[layer].length != devices[layer].length) {
        throw new IllegalArgumentException(
            "layer=%d experts=%d devices=%d"
                .formatted(layer, experts[layer].length, devices[layer].length));
      }
      for (int i = 0; i < experts[layer].length; i++) {
        if (experts[layer][i] <= (i == 0 ? -1 : experts[layer][i - 1])) {
          throw new IllegalArgumentException(
              "layer=%d experts=%s are not ascending"
                  .formatted(layer, Arrays.toString(experts[layer])));
        }
      }
    }
  }

  /**
   * @param positionOf position of the device that computes a micro-batch
   */
  static ActiveExperts of(Batch batch, IntUnaryOperator positionOf) {
    BatchRoutes routes = batch.routes();
    int[][] experts = active(routes);
    long[][] devices = new long[experts.length][];
    for (int layer = 0; layer < experts.length; layer++) {
      devices[layer] = new long[experts[layer].length];
    }
    for (int m = 0; m < batch.microBatches().size(); m++) {
      long bit = 1L << positionOf.applyAsInt(m);
      for (int layer = 0; layer < experts.length; layer++) {
        var plan = routes.plans(m).get(layer);
        for (int i = 0; i < plan.numActive(); i++) {
          devices[layer][Arrays.binarySearch(experts[layer], plan.expert(i))] |= bit;
        }
      }
    }
    return new ActiveExperts(experts, devices);
  }

  /** One device computes the whole batch. */
  static ActiveExperts ofOneDevice(BatchRoutes routes) {
    int[][] experts = active(routes);
    long[][] devices = new long[experts.length][];
    for (int layer = 0; layer < experts.length; layer++) {
      devices[layer] = new long[experts[layer].length];
      Arrays.fill(devices[layer], 1);
    }
    return new ActiveExperts(experts, devices);
  }

  /** Number of RRE layers. */
  public int layers() {
    return experts.length;
  }

  /** The devices that activate an expert, as bits by position; 0 if none does. */
  public long devicesOf(int layer, int expert) {
    int place = Arrays.binarySearch(experts[layer], expert);
    return place < 0 ? 0 : devices[layer][place];
  }

  private static int[][] active(BatchRoutes routes) {
    int[][] experts = new int[routes.layers()][];
    for (int layer = 0; layer < experts.length; layer++) {
      experts[layer] = routes.active(layer).toArray();
    }
    return experts;
  }
}

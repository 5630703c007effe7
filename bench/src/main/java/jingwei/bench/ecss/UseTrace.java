package jingwei.bench.ecss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import jingwei.model.SeededRandom;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/**
 * Which experts compute in a small training step, in the order of the schedule: micro-batch by
 * micro-batch, up through the layers and down again. Experts are numbered from 0, and each of them
 * computes at least once.
 *
 * @param experts of all layers
 * @param passes in order; the experts of one pass may compute in any order
 */
record UseTrace(int experts, List<Pass> passes) {
  /** Small enough for the search of {@link EvictionOptimum}. */
  private static final int MOST_EXPERTS = 12;

  private static final int VOCABULARY = 200;

  /**
   * One layer of one micro-batch, forward or backward.
   *
   * @param experts as bits
   */
  record Pass(int experts, boolean isBackward) {}

  /**
   * A step of RRE layers.
   *
   * @param domains of the batch; experts and tokens are divided among them
   * @param tokens of a micro-batch
   * @param areMixed whether each micro-batch has tokens of all domains, or of one domain
   */
  record Shape(int microBatches, int layers, int domains, int tokens, boolean areMixed) {
    int expertsOfLayer() {
      return MOST_EXPERTS / layers;
    }
  }

  /** Each expert computes a micro-batch with a probability of one half. */
  static UseTrace random(long seed, int microBatches, int layers) {
    SeededRandom random = SeededRandom.of(seed, "uses");
    int experts = MOST_EXPERTS / layers;
    List<List<int[]>> active = new ArrayList<>();
    for (int m = 0; m < microBatches; m++) {
      List<int[]> ofMicroBatch = new ArrayList<>();
      for (int layer = 0; layer < layers; layer++) {
        TreeSet<Integer> some = new TreeSet<>(List.of(random.nextInt(experts)));
        for (int expert = 0; expert < experts; expert++) {
          if (random.nextInt(2) == 0) {
            some.add(expert);
          }
        }
        ofMicroBatch.add(some.stream().mapToInt(Integer::intValue).toArray());
      }
      active.add(ofMicroBatch);
    }
    return of(active, experts);
  }

  /** Token ids with frequencies as in text (Zipf), routed by tables of {@link RouteTable}. */
  static UseTrace routed(long seed, Shape shape) {
    SeededRandom random = SeededRandom.of(seed, "tokens");
    double[] upTo = new double[VOCABULARY];
    for (int id = 0; id < VOCABULARY; id++) {
      upTo[id] = (id == 0 ? 0 : upTo[id - 1]) + 1.0 / (id + 1);
    }
    int perDomain = shape.expertsOfLayer() / shape.domains;
    List<List<int[]>> active = new ArrayList<>();
    for (int m = 0; m < shape.microBatches; m++) {
      int[] ids = new int[shape.tokens];
      int[] domains = new int[shape.tokens];
      for (int i = 0; i < shape.tokens; i++) {
        int found = Arrays.binarySearch(upTo, random.nextDouble() * upTo[VOCABULARY - 1]);
        ids[i] = found < 0 ? -found - 1 : found;
        domains[i] = (shape.areMixed ? i : m) % shape.domains;
      }
      List<int[]> ofMicroBatch = new ArrayList<>();
      for (int layer = 0; layer < shape.layers; layer++) {
        RouteTable table =
            RouteTable.draw(
                RouteMode.PERMUTE, seed, layer, shape.domains, perDomain, VOCABULARY, null);
        RoutePlan plan = RoutePlan.of(table, ids, domains);
        int[] experts = new int[plan.numActive()];
        Arrays.setAll(experts, plan::expert);
        ofMicroBatch.add(experts);
      }
      active.add(ofMicroBatch);
    }
    return of(active, shape.expertsOfLayer());
  }

  /**
   * @param active experts of each layer, counted within it, for each micro-batch
   */
  private static UseTrace of(List<List<int[]>> active, int expertsOfLayer) {
    List<Integer> numbers = new ArrayList<>();
    List<Pass> passes = new ArrayList<>();
    for (List<int[]> microBatch : active) {
      List<Pass> down = new ArrayList<>();
      for (int layer = 0; layer < microBatch.size(); layer++) {
        int bits = 0;
        for (int expert : microBatch.get(layer)) {
          int owner = layer * expertsOfLayer + expert;
          if (!numbers.contains(owner)) {
            numbers.add(owner);
          }
          bits |= 1 << numbers.indexOf(owner);
        }
        passes.add(new Pass(bits, false));
        down.addFirst(new Pass(bits, true));
      }
      passes.addAll(down);
    }
    return new UseTrace(numbers.size(), passes);
  }

  boolean uses(int pass, int expert) {
    return (passes.get(pass).experts >> expert & 1) != 0;
  }

  /** The first pass from this one on that the expert computes; the number of passes for none. */
  int nextUse(int expert, int from) {
    int pass = from;
    while (pass < passes.size() && !uses(pass, expert)) {
      pass++;
    }
    return pass;
  }

  /** Experts that have a partial gradient before a pass, as bits. */
  int partialBefore(int pass) {
    int bits = 0;
    for (Pass earlier : passes.subList(0, pass)) {
      bits |= earlier.isBackward ? earlier.experts : 0;
    }
    return bits;
  }

  /** Experts that compute in a pass from this one on, as bits. */
  int usedFrom(int pass) {
    int bits = 0;
    for (Pass later : passes.subList(pass, passes.size())) {
      bits |= later.experts;
    }
    return bits;
  }
}

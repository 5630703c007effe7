package jingwei.actors.placement;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.IntStream;

/**
 * Deals dense stages to devices by their numbers of weights. The result is balanced: without its
 * largest stage, no device has more weights than the device with the fewest. For stages of one
 * size, this means that no device has two more than another.
 *
 * <p>If devices leave, only their stages move, which is the least possible. If devices join, a move
 * that is not needed is taken back; the number of moves is the least possible, or one more (found
 * by comparison with all assignments of small cases).
 */
final class StageDealing {
  private final long[] weights;
  private final int[] before;
  private final SortedSet<Integer> devices;
  private final int[] holders;

  /** Weights by device. */
  private final Map<Integer, Long> loads = new HashMap<>();

  private StageDealing(long[] weights, int[] before, SortedSet<Integer> devices) {
    this.weights = weights;
    this.before = before;
    this.devices = devices;
    this.holders = new int[weights.length];
    devices.forEach(device -> loads.put(device, 0L));
  }

  /**
   * @param weights number of weights of each stage
   * @param before the device of each stage so far; any other number if it has none
   * @return the device of each stage
   */
  static int[] deal(long[] weights, int[] before, SortedSet<Integer> devices) {
    StageDealing dealing = new StageDealing(weights, before, devices);
    dealing.placeLoose();
    dealing.balance();
    dealing.undo();
    return dealing.holders;
  }

  /** The largest stage first, to the device with the fewest weights. */
  private void placeLoose() {
    for (int stage = 0; stage < holders.length; stage++) {
      holders[stage] = EvenDealing.NOBODY;
      if (devices.contains(before[stage])) {
        move(stage, before[stage]);
      }
    }
    IntStream.range(0, holders.length)
        .filter(stage -> holders[stage] == EvenDealing.NOBODY)
        .boxed()
        .sorted(Comparator.<Integer>comparingLong(stage -> -weights[stage]))
        .forEach(stage -> move(stage, lightest()));
  }

  /** Each move lowers the larger of two loads, so the loop ends. */
  private void balance() {
    while (true) {
      long least = loads.get(lightest());
      int heaviest =
          devices.stream()
              .filter(device -> isTooHeavy(device, least))
              .max(Comparator.comparingLong(loads::get))
              .orElse(EvenDealing.NOBODY);
      if (heaviest == EvenDealing.NOBODY) {
        return;
      }
      move(largestOf(heaviest), lightest());
    }
  }

  /** Takes moves back as long as the result stays balanced. */
  private void undo() {
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      for (int stage = 0; stage < holders.length; stage++) {
        int now = holders[stage];
        if (now != before[stage] && devices.contains(before[stage])) {
          move(stage, before[stage]);
          if (isBalanced()) {
            isChanged = true;
          } else {
            move(stage, now);
          }
        }
      }
    }
  }

  private boolean isBalanced() {
    long least = loads.get(lightest());
    return devices.stream().noneMatch(device -> isTooHeavy(device, least));
  }

  private boolean isTooHeavy(int device, long least) {
    int largest = largestOf(device);
    return largest >= 0 && loads.get(device) - weights[largest] > least;
  }

  private int lightest() {
    return devices.stream().min(Comparator.comparingLong(loads::get)).orElseThrow();
  }

  /** The first of the largest stages of a device, or -1 if it has none. */
  private int largestOf(int device) {
    int largest = -1;
    for (int stage = 0; stage < holders.length; stage++) {
      if (holders[stage] == device && (largest < 0 || weights[stage] > weights[largest])) {
        largest = stage;
      }
    }
    return largest;
  }

  private void move(int stage, int device) {
    if (holders[stage] != EvenDealing.NOBODY) {
      loads.merge(holders[stage], -weights[stage], Long::sum);
    }
    holders[stage] = device;
    loads.merge(device, weights[stage], Long::sum);
  }
}

package jingwei.actors.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StageDealingTest {
  @Test
  void movesAtMostOneStageMoreThanTheFewest() {
    Random random = new Random(2);
    int exact = 0;
    int cases = 0;
    for (int run = 0; run < 400; run++) {
      long[] weights = someWeights(random, 1 + random.nextInt(6));
      SortedSet<Integer> devices = new TreeSet<>(List.of(0));
      int[] now = StageDealing.deal(weights, nobody(weights.length), devices);
      for (int change = 0; change < 5; change++) {
        changeMembers(devices, random);
        int[] next = StageDealing.deal(weights, now, devices);
        String what =
            "%s: %s to %s over %s"
                .formatted(
                    Arrays.toString(weights), Arrays.toString(now), Arrays.toString(next), devices);
        assertTrue(isBalanced(next, weights, devices), what);
        int fewest =
            AllAssignments.fewestMoves(
                now, List.copyOf(devices), assignment -> isBalanced(assignment, weights, devices));
        int moves = AllAssignments.moves(now, next);
        assertTrue(moves <= fewest + 1, what);
        exact += moves == fewest ? 1 : 0;
        cases++;
        now = next;
      }
    }
    assertTrue(exact > 0.95 * cases, "%d of %d cases".formatted(exact, cases));
  }

  @Test
  void movesOnlyTheStagesOfDevicesThatLeave() {
    Random random = new Random(3);
    for (int run = 0; run < 300; run++) {
      long[] weights = someWeights(random, 1 + random.nextInt(40));
      SortedSet<Integer> devices = new TreeSet<>(IntStream.range(0, 5).boxed().toList());
      int[] now = StageDealing.deal(weights, nobody(weights.length), devices);
      while (devices.size() > 1) {
        devices.remove(List.copyOf(devices).get(random.nextInt(devices.size())));
        int[] next = StageDealing.deal(weights, now, devices);
        assertTrue(isBalanced(next, weights, devices));
        for (int stage = 0; stage < now.length; stage++) {
          assertTrue(next[stage] == now[stage] || !devices.contains(now[stage]));
        }
        now = next;
      }
    }
  }

  @Test
  void movesNothingIfMembersStay() {
    Random random = new Random(4);
    for (int run = 0; run < 100; run++) {
      long[] weights = someWeights(random, 1 + random.nextInt(40));
      SortedSet<Integer> devices = new TreeSet<>(List.of(2, 3, 7));
      int[] now = StageDealing.deal(weights, nobody(weights.length), devices);
      assertArrayEquals(now, StageDealing.deal(weights, now, devices));
    }
  }

  @Test
  void dealsTheLargestStageFirst() {
    long[] weights = {836, 442, 442, 148, 148, 491};
    int[] dealt = StageDealing.deal(weights, nobody(weights.length), new TreeSet<>(List.of(1, 2)));
    assertArrayEquals(new int[] {1, 2, 1, 2, 2, 2}, dealt);
    assertEquals(1278, weights[0] + weights[2]);
  }

  private static long[] someWeights(Random random, int stages) {
    long[] weights =
        switch (random.nextInt(3)) {
          case 0 -> random.longs(stages, 1, 21).toArray();
          case 1 -> random.longs(stages, 0, 3).map(size -> 3 + 7 * size).toArray();
          default -> IntStream.range(0, stages).mapToLong(i -> 2 * i < stages ? 9 : 4).toArray();
        };
    if (random.nextBoolean()) {
      weights[0] = random.nextInt(1, 80); // the embedding
    }
    return weights;
  }

  private static void changeMembers(SortedSet<Integer> devices, Random random) {
    if (devices.size() == 1 || (devices.size() < 4 && random.nextBoolean())) {
      devices.add(devices.last() + 1);
    } else {
      devices.remove(List.copyOf(devices).get(random.nextInt(devices.size())));
    }
  }

  private static boolean isBalanced(int[] assignment, long[] weights, SortedSet<Integer> devices) {
    long least = Long.MAX_VALUE;
    long mostWithoutLargest = 0;
    for (int device : devices) {
      long load = 0;
      long largest = 0;
      for (int stage = 0; stage < weights.length; stage++) {
        if (assignment[stage] == device) {
          load += weights[stage];
          largest = Math.max(largest, weights[stage]);
        }
      }
      least = Math.min(least, load);
      mostWithoutLargest = Math.max(mostWithoutLargest, load - largest);
    }
    return mostWithoutLargest <= least;
  }

  private static int[] nobody(int stages) {
    int[] nodes = new int[stages];
    Arrays.fill(nodes, EvenDealing.NOBODY);
    return nodes;
  }
}

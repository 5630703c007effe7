package jingwei.actors.placement;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class EvenDealingTest {
  @Test
  void dealsEvenlyWithTheFewestMoves() {
    Random random = new Random(1);
    for (int run = 0; run < 300; run++) {
      int items = 1 + random.nextInt(6);
      int[] groups = random.ints(items, 0, 3).toArray();
      int[] now = new int[items];
      Arrays.fill(now, EvenDealing.NOBODY);
      for (int change = 0; change < 5; change++) {
        SortedSet<Integer> nodes = someNodes(random);
        int[] next = EvenDealing.deal(now, groups, nodes, new HashMap<>());
        assertTrue(isEven(next, nodes), Arrays.toString(next) + " over " + nodes);
        assertEquals(
            AllAssignments.fewestMoves(
                now, List.copyOf(nodes), assignment -> isEven(assignment, nodes)),
            AllAssignments.moves(now, next),
            "%s to %s over %s".formatted(Arrays.toString(now), Arrays.toString(next), nodes));
        now = next;
      }
    }
  }

  @Test
  void spreadsTheItemsOfEachGroup() {
    int[] none = new int[10];
    Arrays.fill(none, EvenDealing.NOBODY);
    int[] groups = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1};
    SortedSet<Integer> nodes = new TreeSet<>(List.of(4, 5, 6));
    int[] dealt = EvenDealing.deal(none, groups, nodes, new HashMap<>());
    assertArrayEquals(new int[] {4, 5, 6, 4, 5, 6, 4, 5, 6, 4}, dealt);
  }

  @Test
  void takesFromTheGroupOfWhichANodeHasMost() {
    int[] groups = {0, 1, 1, 1};
    int[] before = {0, 0, 0, 0};
    int[] dealt = EvenDealing.deal(before, groups, new TreeSet<>(List.of(0, 1)), new HashMap<>());
    assertArrayEquals(new int[] {0, 0, 1, 1}, dealt);
  }

  @Test
  void givesTheOddItemToTheNodeWithFewestOthers() {
    int[] none = {EvenDealing.NOBODY};
    Map<Integer, Integer> others = new HashMap<>(Map.of(0, 3, 1, 2));
    int[] dealt = EvenDealing.deal(none, new int[1], new TreeSet<>(List.of(0, 1)), others);
    assertArrayEquals(new int[] {1}, dealt);
    assertEquals(Map.of(0, 3, 1, 3), others);
  }

  private static SortedSet<Integer> someNodes(Random random) {
    SortedSet<Integer> nodes = new TreeSet<>();
    int size = 1 + random.nextInt(4);
    while (nodes.size() < size) {
      nodes.add(random.nextInt(6));
    }
    return nodes;
  }

  private static boolean isEven(int[] assignment, SortedSet<Integer> nodes) {
    long least = assignment.length / nodes.size();
    return nodes.stream()
        .mapToLong(node -> Arrays.stream(assignment).filter(holder -> holder == node).count())
        .allMatch(
            count ->
                count == least || count == least + (assignment.length % nodes.size() > 0 ? 1 : 0));
  }
}

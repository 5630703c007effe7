package jingwei.actors.placement;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** The least possible number of moves, found among all assignments. */
final class AllAssignments {
  private AllAssignments() {}

  /**
   * @param before the node of each item
   * @param nodes that an item may be assigned to
   * @param isBalanced of an assignment
   * @return the fewest items at another node than before, over all balanced assignments
   */
  static int fewestMoves(int[] before, List<Integer> nodes, Predicate<int[]> isBalanced) {
    int[] digits = new int[before.length];
    int fewest = Integer.MAX_VALUE;
    do {
      int[] assignment = Arrays.stream(digits).map(nodes::get).toArray();
      int moves = moves(before, assignment);
      if (moves < fewest && isBalanced.test(assignment)) {
        fewest = moves;
      }
    } while (countUp(digits, nodes.size()));
    return fewest;
  }

  static int moves(int[] before, int[] after) {
    int moves = 0;
    for (int i = 0; i < after.length; i++) {
      moves += before[i] == after[i] ? 0 : 1;
    }
    return moves;
  }

  private static boolean countUp(int[] digits, int base) {
    for (int i = 0; i < digits.length; i++) {
      if (++digits[i] < base) {
        return true;
      }
      digits[i] = 0;
    }
    return false;
  }
}

package jingwei.actors.placement;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.IntStream;

/**
 * Deals items of the same size to nodes, as evenly as possible: no node has two more than another.
 * Of all such assignments, it is one that moves the fewest items. The items of a group are spread,
 * too, as far as this costs no move.
 */
final class EvenDealing {
  /** Not assigned. */
  static final int NOBODY = -1;

  private final SortedSet<Integer> nodes;
  private final int[] groups;
  private final int[] holders;

  /** Items by node. */
  private final Map<Integer, Integer> counts = new HashMap<>();

  /** Items by node and group. */
  private final Map<Integer, int[]> groupCounts = new HashMap<>();

  /** Items of earlier dealings by node; at equal counts, the node with the fewest gets more. */
  private final Map<Integer, Integer> others;

  private EvenDealing(
      int[] before, int[] groups, SortedSet<Integer> nodes, Map<Integer, Integer> others) {
    this.nodes = nodes;
    this.groups = groups;
    this.others = others;
    this.holders =
        Arrays.stream(before).map(node -> nodes.contains(node) ? node : NOBODY).toArray();
    int numGroups = Arrays.stream(groups).max().orElse(0) + 1;
    for (int node : nodes) {
      counts.put(node, 0);
      groupCounts.put(node, new int[numGroups]);
    }
    for (int item = 0; item < holders.length; item++) {
      if (holders[item] != NOBODY) {
        count(item, 1);
      }
    }
  }

  /**
   * @param before the node of each item, or {@link #NOBODY}
   * @param groups the group of each item, counted from 0
   * @param others items of other dealings by node; the result is added to it
   * @return the node of each item
   */
  static int[] deal(
      int[] before, int[] groups, SortedSet<Integer> nodes, Map<Integer, Integer> others) {
    EvenDealing dealing = new EvenDealing(before, groups, nodes, others);
    dealing.deal();
    dealing.counts.forEach((node, count) -> others.merge(node, count, Integer::sum));
    return dealing.holders;
  }

  private void deal() {
    int fewest = holders.length / nodes.size();
    int larger = holders.length % nodes.size(); // nodes that have one more
    List<Integer> aboveFewest =
        nodes.stream()
            .filter(node -> counts.get(node) > fewest)
            .sorted(Comparator.comparingInt(this::ofOthers))
            .toList();
    for (int node : aboveFewest) {
      int most = larger > 0 ? fewest + 1 : fewest;
      larger -= most - fewest;
      while (counts.get(node) > most) {
        release(node);
      }
    }
    for (int item = 0; item < holders.length; item++) {
      if (holders[item] == NOBODY) {
        int node = receiver(item, larger > 0 ? fewest : fewest - 1);
        larger -= counts.get(node) == fewest ? 1 : 0;
        holders[item] = node;
        count(item, 1);
      }
    }
  }

  /** Releases the last item of the node's largest group. */
  private void release(int node) {
    int[] own = groupCounts.get(node);
    int item =
        IntStream.range(0, holders.length)
            .filter(i -> holders[i] == node)
            .boxed()
            .max(Comparator.<Integer>comparingInt(i -> own[groups[i]]).thenComparingInt(i -> i))
            .orElseThrow();
    count(item, -1);
    holders[item] = NOBODY;
  }

  /** The node that gets an item, among those with at most {@code most} items. */
  private int receiver(int item, int most) {
    return nodes.stream()
        .filter(node -> counts.get(node) <= most)
        .min(
            Comparator.<Integer>comparingInt(node -> groupCounts.get(node)[groups[item]])
                .thenComparingInt(counts::get)
                .thenComparingInt(this::ofOthers))
        .orElseThrow();
  }

  private int ofOthers(int node) {
    return others.getOrDefault(node, 0);
  }

  private void count(int item, int change) {
    counts.merge(holders[item], change, Integer::sum);
    groupCounts.get(holders[item])[groups[item]] += change;
  }
}

package jingwei.cluster.node;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Decides which side of a partition goes on, by the rule of the split-brain resolver (keep
 * majority): the side with more members, or, if both are equal, the side with the lowest address.
 */
final class Majority {
  private Majority() {}

  /**
   * Whether the members that this node reaches are the side that goes on.
   *
   * @param all members that are up or leave, those that do not answer too
   * @param reached those that answer, with this node
   * @param order of members; the first one decides between equal sides
   */
  static <T> boolean isOn(Collection<T> all, Collection<T> reached, Comparator<T> order) {
    List<T> side = all.stream().filter(reached::contains).toList();
    int twice = 2 * side.size();
    return twice == all.size()
        ? all.stream().min(order).filter(side::contains).isPresent()
        : twice > all.size();
  }
}

package jingwei.model.routing;

import java.util.Arrays;

/**
 * Where the tokens of one micro-batch go in one RRE layer: a counting sort by expert, stable in
 * token order. It is known as soon as the batch is tokenised, before any device works on it.
 */
public final class RoutePlan {
  /** The plan of a stage without experts. */
  public static final RoutePlan NONE =
      new RoutePlan(new int[0], new int[0], new int[0], new int[] {0});

  private final int[] order;
  private final int[] place;
  private final int[] active;
  private final int[] starts;

  private RoutePlan(int[] order, int[] place, int[] active, int[] starts) {
    this.order = order;
    this.place = place;
    this.active = active;
    this.starts = starts;
  }

  /**
   * @param tokens id of each token
   * @param domains domain of each token
   */
  public static RoutePlan of(RouteTable table, int[] tokens, int[] domains) {
    int[] expert = new int[tokens.length];
    for (int i = 0; i < expert.length; i++) {
      expert[i] = table.expert(domains[i], tokens[i]);
    }
    return of(expert, table.numExperts());
  }

  /**
   * @param expert of each token, counted within the layer
   * @param numExperts of the layer
   */
  public static RoutePlan of(int[] expert, int numExperts) {
    int n = expert.length;
    int[] count = new int[numExperts];
    for (int e : expert) {
      count[e]++;
    }
    int numActive = 0;
    for (int c : count) {
      numActive += c > 0 ? 1 : 0;
    }
    int[] active = new int[numActive];
    int[] starts = new int[numActive + 1];
    int[] next = new int[count.length];
    int at = 0;
    int sum = 0;
    for (int e = 0; e < count.length; e++) {
      next[e] = sum;
      if (count[e] > 0) {
        active[at] = e;
        starts[at++] = sum;
        sum += count[e];
      }
    }
    starts[numActive] = n;
    int[] order = new int[n];
    int[] place = new int[n];
    for (int i = 0; i < n; i++) {
      int row = next[expert[i]]++;
      order[row] = i;
      place[i] = row;
    }
    return new RoutePlan(order, place, active, starts);
  }

  /**
   * A plan that came from another node.
   *
   * @param order token at each sorted row
   * @param active experts in ascending order
   * @param starts first sorted row of each active expert, and the number of rows
   * @throws IllegalArgumentException if these are no plan: the order is no permutation, an expert
   *     has no row, or the experts are not ascending
   */
  public static RoutePlan of(int[] order, int[] active, int[] starts) {
    if (starts.length != active.length + 1
        || starts[0] != 0
        || starts[active.length] != order.length) {
      throw new IllegalArgumentException(
          "rows=%d active=%d starts=%d".formatted(order.length, active.length, starts.length));
    }
    for (int i = 0; i < active.length; i++) {
      if (active[i] < 0 || (i > 0 && active[i] <= active[i - 1]) || starts[i + 1] <= starts[i]) {
        throw new IllegalArgumentException(
            "expert=%d from=%d to=%d is out of order"
                .formatted(active[i], starts[i], starts[i + 1]));
      }
    }
    int[] place = new int[order.length];
    Arrays.fill(place, -1);
    for (int row = 0; row < order.length; row++) {
      int token = order[row];
      if (token < 0 || token >= order.length || place[token] >= 0) {
        throw new IllegalArgumentException(
            "row=%d token=%d of %d is no permutation".formatted(row, token, order.length));
      }
      place[token] = row;
    }
    return new RoutePlan(order, place, active, starts);
  }

  /** Token at each sorted row; read-only. */
  public int[] order() {
    return order;
  }

  /** Sorted row of each token; read-only. */
  public int[] place() {
    return place;
  }

  /** Number of tokens. */
  public int numTokens() {
    return order.length;
  }

  /** Number of experts that get at least one token. */
  public int numActive() {
    return active.length;
  }

  /** The i-th active expert, in ascending order of its index within the layer. */
  public int expert(int i) {
    return active[i];
  }

  /** First sorted row of the i-th active expert. */
  public int from(int i) {
    return starts[i];
  }

  /** Row after the last one of the i-th active expert. */
  public int to(int i) {
    return starts[i + 1];
  }
}

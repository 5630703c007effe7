package jingwei.model.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Chooses the domains of each step and their numbers of tokens.
 *
 * <p>If every batch has all domains, tokens are shared by weight. Fractions of a token carry over
 * to the next step, so shares are exact in the long run. With k of D domains per batch, stride
 * scheduling chooses the k domains that are furthest behind their weight. They get equal shares;
 * with equal weights, the domains take turns.
 */
public final class DomainSchedule {
  private final double[] weights;
  private final int domainsPerBatch;
  private final long[] visits;
  private final double[] carried;

  /**
   * @param present domains with documents, as indices into the weights
   */
  public DomainSchedule(List<Double> weights, List<Integer> present, int domainsPerBatch) {
    this.weights = new double[weights.size()];
    double sum = present.stream().mapToDouble(weights::get).sum();
    for (int domain : present) {
      this.weights[domain] = weights.get(domain) / sum;
    }
    this.domainsPerBatch =
        domainsPerBatch == 0 ? present.size() : Math.min(domainsPerBatch, present.size());
    this.visits = new long[weights.size()];
    this.carried = new double[weights.size()];
  }

  /**
   * The state of a schedule, for checkpoints.
   *
   * @param visits number of steps of each domain so far
   * @param carried fractions of a token carried over, by domain
   */
  public record Position(List<Long> visits, List<Double> carried) {}

  /**
   * Number of tokens of each domain in the next step; 0 if the domain is not part of it. The sum is
   * {@code tokens}.
   */
  public int[] next(int tokens) {
    List<Integer> chosen = choose();
    boolean all = chosen.size() == presentCount();
    int[] shares = new int[weights.length];
    int left = tokens;
    for (int domain : chosen) {
      carried[domain] += all ? tokens * weights[domain] : tokens / (double) chosen.size();
      shares[domain] = Math.min(left, Math.max(0, (int) Math.floor(carried[domain])));
      left -= shares[domain];
    }
    List<Integer> byRemainder =
        chosen.stream()
            .sorted(Comparator.comparingDouble((Integer d) -> carried[d] - shares[d]).reversed())
            .toList();
    for (int i = 0; left > 0; i++, left--) {
      shares[byRemainder.get(i % byRemainder.size())]++;
    }
    for (int domain : chosen) {
      carried[domain] -= shares[domain];
      visits[domain]++;
    }
    return shares;
  }

  public Position position() {
    return new Position(
        Arrays.stream(visits).boxed().toList(), Arrays.stream(carried).boxed().toList());
  }

  public void seek(Position position) {
    if (position.visits().size() != visits.length || position.carried().size() != carried.length) {
      throw new IllegalArgumentException(
          "domains=%d position=%s".formatted(visits.length, position));
    }
    for (int i = 0; i < visits.length; i++) {
      visits[i] = position.visits().get(i);
      carried[i] = position.carried().get(i);
    }
  }

  private List<Integer> choose() {
    return IntStream.range(0, weights.length)
        .filter(d -> weights[d] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble(d -> (visits[d] + 0.5) / weights[d]))
        .limit(domainsPerBatch)
        .sorted()
        .toList();
  }

  private long presentCount() {
    return Arrays.stream(weights).filter(w -> w > 0).count();
  }
}

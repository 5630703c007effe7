package jingwei.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import jingwei.model.routing.RouteTable;

/**
 * Number of tokens of a text for each expert of a domain in one RRE layer.
 *
 * @param layer index of the RRE layer
 * @param domain name of the domain
 * @param loads number of tokens of each expert of the domain
 */
public record RouteLoad(int layer, String domain, List<Long> loads) {
  /** The ranges of {@link #histogram}, as load of an expert divided by the mean load. */
  public static final List<String> BUCKETS =
      List.of("0", "<0.5", "<0.9", "<1.1", "<1.5", "<2", ">=2");

  private static final double[] LIMITS = {0, 0.5, 0.9, 1.1, 1.5, 2};

  public RouteLoad {
    loads = List.copyOf(loads);
  }

  /**
   * Counts the loads of a text.
   *
   * @param routes route tables of the RRE layers
   * @param domains names of the domains, by index
   * @param documents documents of each domain; a domain without documents is left out
   */
  public static List<RouteLoad> of(
      List<RouteTable> routes, List<String> domains, List<DocumentSource> documents) {
    List<RouteLoad> all = new ArrayList<>();
    for (int domain = 0; domain < domains.size(); domain++) {
      if (documents.get(domain).isEmpty() || routes.isEmpty()) {
        continue;
      }
      long[][] loads = new long[routes.size()][routes.getFirst().expertsPerDomain()];
      for (int d = 0; d < documents.get(domain).size(); d++) {
        EncodedDocument document = documents.get(domain).read(d);
        for (int i = 0; i < document.inputs(); i++) {
          for (int layer = 0; layer < loads.length; layer++) {
            int expert = routes.get(layer).expert(domain, document.tokens()[i]);
            loads[layer][expert - domain * loads[layer].length]++;
          }
        }
      }
      for (int layer = 0; layer < loads.length; layer++) {
        all.add(
            new RouteLoad(
                layer, domains.get(domain), LongStream.of(loads[layer]).boxed().toList()));
      }
    }
    return all;
  }

  public int experts() {
    return loads.size();
  }

  /** Number of experts with at least one token. */
  public int used() {
    return (int) loads.stream().filter(load -> load > 0).count();
  }

  public long tokens() {
    return loads.stream().mapToLong(Long::longValue).sum();
  }

  /** Load of the busiest expert divided by the mean load; 1 if all are equal. */
  public double maxOverMean() {
    long most = loads.stream().mapToLong(Long::longValue).max().orElse(0);
    return tokens() == 0 ? 0 : most * (double) experts() / tokens();
  }

  /** Number of experts in each of {@link #BUCKETS}. */
  public List<Integer> histogram() {
    int[] counts = new int[BUCKETS.size()];
    for (long load : loads) {
      double relative = load * (double) experts() / Math.max(1, tokens());
      int bucket = load == 0 ? 0 : 1;
      while (load > 0 && bucket < LIMITS.length && relative >= LIMITS[bucket]) {
        bucket++;
      }
      counts[bucket]++;
    }
    return Arrays.stream(counts).boxed().toList();
  }
}

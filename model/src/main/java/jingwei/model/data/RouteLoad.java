package jingwei.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import jingwei.model.routing.RouteTable;

/**
 * How many tokens of a text the experts of a domain would get in one RRE layer.
 *
 * @param layer index of the RRE layer
 * @param domain name of the domain
 * @param loads tokens of each expert of the domain
 */
public record RouteLoad(int layer, String domain, List<Long> loads) {
  /** The ranges that {@link #histogram} counts in, of an expert's load divided by the mean. */
  public static final List<String> BUCKETS =
      List.of("0", "<0.5", "<0.9", "<1.1", "<1.5", "<2", ">=2");

  private static final double[] LIMITS = {0, 0.5, 0.9, 1.1, 1.5, 2};

  public RouteLoad {
    loads = List.copyOf(loads);
  }

  /**
   * Routes a text.
   *
   * @param routes tables of the RRE layers
   * @param domains names, by index
   * @param documents of each domain; one without documents has no load
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

  /** Experts that get at least one token. */
  public int used() {
    return (int) loads.stream().filter(load -> load > 0).count();
  }

  public long tokens() {
    return loads.stream().mapToLong(Long::longValue).sum();
  }

  /** Tokens of the busiest expert over the mean: 1 where all get the same. */
  public double maxOverMean() {
    long most = loads.stream().mapToLong(Long::longValue).max().orElse(0);
    return tokens() == 0 ? 0 : most * (double) experts() / tokens();
  }

  /** Experts in each of {@link #BUCKETS}. */
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

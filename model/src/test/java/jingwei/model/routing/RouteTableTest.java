package jingwei.model.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import jingwei.model.SeededRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RouteTableTest {
  private static final int VOCABULARY = 4096;
  private static final int DOMAINS = 3;
  private static final int EXPERTS = 8;

  @ParameterizedTest
  @EnumSource(RouteMode.class)
  void mapsEveryIdIntoTheGroupOfItsDomain(RouteMode mode) {
    RouteTable table = draw(mode, 1, 0);
    for (int domain = 0; domain < DOMAINS; domain++) {
      for (int id = 0; id < VOCABULARY; id++) {
        assertEquals(domain, table.expert(domain, id) / EXPERTS);
      }
    }
  }

  @Test
  void dealsIdsAsEvenlyAsPossibleWhenPermuting() {
    RouteTable table = RouteTable.draw(RouteMode.PERMUTE, 1, 0, DOMAINS, 7, VOCABULARY, null);
    for (int domain = 0; domain < DOMAINS; domain++) {
      int[] ids = new int[7];
      for (int id = 0; id < VOCABULARY; id++) {
        ids[table.expert(domain, id) - domain * 7]++;
      }
      int min = Arrays.stream(ids).min().orElseThrow();
      int max = Arrays.stream(ids).max().orElseThrow();
      assertTrue(max - min <= 1);
    }
  }

  @Test
  void balancesTokensBetterByCountsThanByPermutation() {
    double permuted = imbalance(draw(RouteMode.PERMUTE, 1, 0));
    double greedy = imbalance(draw(RouteMode.GREEDY, 1, 0));
    assertTrue(greedy < 1.05, "greedy " + greedy);
    assertTrue(permuted > greedy, "permuted " + permuted);
  }

  @ParameterizedTest
  @EnumSource(RouteMode.class)
  void isAFunctionOfSeedLayerAndDomain(RouteMode mode) {
    assertEquals(draw(mode, 1, 0).crc32c(), draw(mode, 1, 0).crc32c());
    assertNotEquals(draw(mode, 1, 0).crc32c(), draw(mode, 2, 0).crc32c());
    assertNotEquals(draw(mode, 1, 0).crc32c(), draw(mode, 1, 1).crc32c());
    RouteTable table = draw(mode, 1, 0);
    int differing = 0;
    for (int id = 0; id < VOCABULARY; id++) {
      differing += table.expert(0, id) != table.expert(1, id) - EXPERTS ? 1 : 0;
    }
    assertTrue(differing > VOCABULARY / 2);
  }

  @Test
  void refusesATableThatLeadsOutOfItsDomain() {
    short[][] experts = {{0, 1}, {2, 1}};
    assertThrows(IllegalArgumentException.class, () -> RouteTable.of(experts, 2));
  }

  @Test
  void sortsTokensByExpertAndKeepsTheirOrder() {
    RouteTable table = draw(RouteMode.PERMUTE, 1, 0);
    SeededRandom random = new SeededRandom(4);
    int[] tokens = new int[500];
    int[] domains = new int[500];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = random.nextInt(50);
      domains[i] = random.nextInt(2);
    }
    RoutePlan plan = RoutePlan.of(table, tokens, domains);
    boolean[] seen = new boolean[tokens.length];
    for (int e = 0; e < plan.numActive(); e++) {
      assertTrue(plan.from(e) < plan.to(e));
      assertTrue(e == 0 || plan.expert(e - 1) < plan.expert(e));
      for (int row = plan.from(e); row < plan.to(e); row++) {
        int token = plan.order()[row];
        seen[token] = true;
        assertEquals(plan.expert(e), table.expert(domains[token], tokens[token]));
        assertEquals(row, plan.place()[token]);
        assertTrue(row == plan.from(e) || plan.order()[row - 1] < token);
      }
    }
    boolean[] all = new boolean[tokens.length];
    Arrays.fill(all, true);
    assertArrayEquals(all, seen);
  }

  private static RouteTable draw(RouteMode mode, long seed, int layer) {
    return RouteTable.draw(mode, seed, layer, DOMAINS, EXPERTS, VOCABULARY, counts());
  }

  /** Zipf's law with exponent 0.8: the most frequent id stays below one expert's share. */
  private static long[][] counts() {
    long[][] counts = new long[DOMAINS][VOCABULARY];
    for (int domain = 0; domain < DOMAINS; domain++) {
      for (int id = 0; id < VOCABULARY; id++) {
        counts[domain][id] = (long) (1e6 / Math.pow(id + 1, 0.8));
      }
    }
    return counts;
  }

  private static double imbalance(RouteTable table) {
    long[] counts = counts()[0];
    long[] load = new long[EXPERTS];
    long sum = 0;
    for (int id = 0; id < VOCABULARY; id++) {
      load[table.expert(0, id)] += counts[id];
      sum += counts[id];
    }
    return Arrays.stream(load).max().orElseThrow() / (sum / (double) EXPERTS);
  }
}

package jingwei.model.routing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import jingwei.model.SeededRandom;

/**
 * The map of one RRE layer from (domain, token id) to expert, fixed before training. Experts of a
 * domain are adjacent: domain d owns experts {@code d * expertsPerDomain} to {@code (d + 1) *
 * expertsPerDomain - 1} of its layer.
 */
public final class RouteTable {
  /** Separates the draws of route tables from other draws under the same seed. */
  private static final long ROUTE_STREAM = 0x52524531L;

  private final short[][] experts;
  private final int expertsPerDomain;
  private final int crc32c;

  private RouteTable(short[][] experts, int expertsPerDomain) {
    this.experts = experts;
    this.expertsPerDomain = expertsPerDomain;
    this.crc32c = checksum(experts);
  }

  /**
   * Draws a table.
   *
   * @param layer index among the RRE layers; every layer has its own map
   * @param counts corpus count of each token id for each domain, needed by {@link
   *     RouteMode#GREEDY}, [domains][vocabulary]
   */
  public static RouteTable draw(
      RouteMode mode,
      long seed,
      int layer,
      int domains,
      int expertsPerDomain,
      int vocabulary,
      long[][] counts) {
    if (domains * expertsPerDomain > Short.MAX_VALUE) {
      throw new IllegalArgumentException(
          "experts=%d limit=%d".formatted(domains * expertsPerDomain, Short.MAX_VALUE));
    }
    short[][] experts = new short[domains][vocabulary];
    for (int domain = 0; domain < domains; domain++) {
      SeededRandom random = SeededRandom.of(seed, ROUTE_STREAM, layer, domain);
      int[] ids = IntStream.range(0, vocabulary).toArray();
      random.shuffle(ids);
      int base = domain * expertsPerDomain;
      switch (mode) {
        case PERMUTE -> dealRoundRobin(ids, base, expertsPerDomain, experts[domain]);
        case GREEDY ->
            dealByLoad(ids, counts[domain], base, expertsPerDomain, random, experts[domain]);
      }
    }
    return new RouteTable(experts, expertsPerDomain);
  }

  /**
   * A table that was drawn before, [domains][vocabulary].
   *
   * @throws IllegalArgumentException if an expert is not of its domain, or if the domains differ in
   *     their vocabulary
   */
  public static RouteTable of(short[][] experts, int expertsPerDomain) {
    if (expertsPerDomain < 1
        || Arrays.stream(experts).mapToInt(domain -> domain.length).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "expertsPerDomain=%d vocabularies=%s"
              .formatted(
                  expertsPerDomain,
                  Arrays.stream(experts).map(domain -> domain.length).distinct().toList()));
    }
    for (int domain = 0; domain < experts.length; domain++) {
      for (short expert : experts[domain]) {
        if (expert / expertsPerDomain != domain || expert < 0) {
          throw new IllegalArgumentException(
              "expert=%d is not of domain=%d".formatted(expert, domain));
        }
      }
    }
    return new RouteTable(
        Arrays.stream(experts).map(short[]::clone).toArray(short[][]::new), expertsPerDomain);
  }

  private static void dealRoundRobin(int[] ids, int base, int experts, short[] table) {
    for (int rank = 0; rank < ids.length; rank++) {
      table[ids[rank]] = (short) (base + rank % experts);
    }
  }

  private static void dealByLoad(
      int[] shuffled, long[] counts, int base, int experts, SeededRandom random, short[] table) {
    record Load(long tokens, long ids, int tieBreak, int expert) {}
    int[] order = IntStream.range(0, experts).toArray();
    random.shuffle(order);
    PriorityQueue<Load> loads =
        new PriorityQueue<>(
            Comparator.comparingLong(Load::tokens)
                .thenComparingLong(Load::ids)
                .thenComparingInt(Load::tieBreak));
    for (int expert = 0; expert < experts; expert++) {
      loads.add(new Load(0, 0, order[expert], expert));
    }
    // Sorting a boxed view is stable, so equal counts stay in shuffled order.
    Integer[] byCount = Arrays.stream(shuffled).boxed().toArray(Integer[]::new);
    Arrays.sort(byCount, Comparator.comparingLong((Integer id) -> counts[id]).reversed());
    for (int id : byCount) {
      Load least = loads.remove();
      table[id] = (short) (base + least.expert);
      loads.add(new Load(least.tokens + counts[id], least.ids + 1, least.tieBreak, least.expert));
    }
  }

  /** Expert of a token, counted within the layer. */
  public int expert(int domain, int token) {
    return experts[domain][token];
  }

  public int domains() {
    return experts.length;
  }

  public int expertsPerDomain() {
    return expertsPerDomain;
  }

  /** Number of experts in the layer, all domains together. */
  public int numExperts() {
    return experts.length * expertsPerDomain;
  }

  /** A copy of one domain's map. */
  public short[] expertsOf(int domain) {
    return experts[domain].clone();
  }

  /**
   * CRC32C of the map as little-endian 16-bit numbers, domain by domain: a changed map silently
   * destroys a model.
   */
  public int crc32c() {
    return crc32c;
  }

  private static int checksum(short[][] experts) {
    CRC32C crc = new CRC32C();
    for (short[] domain : experts) {
      ByteBuffer bytes = ByteBuffer.allocate(2 * domain.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asShortBuffer().put(domain);
      crc.update(bytes);
    }
    return (int) crc.getValue();
  }
}

package jingwei.model.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * Chooses the pieces of text that a tokenizer is trained on: the same number of bytes from each
 * domain, if it has as many, spread evenly over its texts.
 */
final class TrainingSample {
  private static final int PIECE_CHARS = 4096;

  private final List<Iterable<String>> domains;
  private final long[] sizes;
  private final long[] shares;

  private TrainingSample(List<Iterable<String>> domains, long[] sizes, long[] shares) {
    this.domains = domains;
    this.sizes = sizes;
    this.shares = shares;
  }

  static TrainingSample of(
      SequencedMap<String, ? extends Iterable<String>> textsByDomain, long maxBytes) {
    List<Iterable<String>> domains = new ArrayList<>(textsByDomain.sequencedValues());
    long[] sizes = new long[domains.size()];
    for (int domain = 0; domain < sizes.length; domain++) {
      for (String text : domains.get(domain)) {
        sizes[domain] += WordPattern.utf8Length(text);
      }
    }
    return new TrainingSample(domains, sizes, shares(sizes, maxBytes));
  }

  /** Shares a number of bytes evenly; the other domains get what a small domain leaves. */
  static long[] shares(long[] sizes, long maxBytes) {
    long[] shares = new long[sizes.length];
    long left = maxBytes;
    Integer[] ascending = new Integer[sizes.length];
    Arrays.setAll(ascending, i -> i);
    Arrays.sort(ascending, Comparator.comparingLong(i -> sizes[i]));
    for (int i = 0; i < ascending.length; i++) {
      int domain = ascending[i];
      shares[domain] = Math.min(sizes[domain], left / (ascending.length - i));
      left -= shares[domain];
    }
    return shares;
  }

  void forEach(Consumer<String> consumer) {
    for (int domain = 0; domain < sizes.length; domain++) {
      var spread = new Spread(sizes[domain], shares[domain], consumer);
      for (String text : domains.get(domain)) {
        WordPattern.pieces(text, PIECE_CHARS, spread::offer);
      }
    }
  }

  /** Lets a fixed share of its input through, spread evenly. */
  private static final class Spread {
    private final double share;
    private final Consumer<String> consumer;
    private long seen;
    private long taken;

    Spread(long size, long share, Consumer<String> consumer) {
      this.share = size == 0 ? 0 : (double) share / size;
      this.consumer = consumer;
    }

    void offer(String piece, int bytes) {
      seen += bytes;
      if (taken < seen * share) {
        taken += bytes;
        consumer.accept(piece);
      }
    }
  }
}

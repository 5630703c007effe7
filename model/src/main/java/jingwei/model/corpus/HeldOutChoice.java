package jingwei.model.corpus;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Chooses the held-out groups of a corpus. */
final class HeldOutChoice {
  private static final String SALT = "jingwei held-out 1";
  private static final double LARGEST_PART = 0.5;

  private final double share;
  private final TextGroups groups;
  private final List<Domain> domains;
  private final double[] largestPart;
  private final BitSet tooLarge = new BitSet();
  private final BitSet heldOut = new BitSet();

  /** A domain and the groups of its documents, sorted, each once. */
  private static final class Domain {
    final int[] groups;
    int heldOut;

    Domain(int[] sorted) {
      groups = Arrays.stream(sorted).distinct().toArray();
    }

    boolean has(int group) {
      return Arrays.binarySearch(groups, group) >= 0;
    }

    int trained() {
      return groups.length - heldOut;
    }
  }

  HeldOutChoice(double share, TextGroups groups, List<int[]> groupsByDomain) {
    this.share = share;
    this.groups = groups;
    largestPart = new double[groups.limit()];
    domains = groupsByDomain.stream().map(this::domain).toList();
  }

  private Domain domain(int[] documents) {
    int[] sorted = documents.clone();
    Arrays.sort(sorted);
    double limit = Math.max(1, share * sorted.length);
    for (int from = 0, to = 0; from < sorted.length; from = to) {
      int group = sorted[from];
      while (to < sorted.length && sorted[to] == group) {
        to++;
      }
      int count = to - from;
      largestPart[group] = Math.max(largestPart[group], count / (double) sorted.length);
      if (count > limit && !groups.isGiven(group)) {
        tooLarge.set(group);
      }
    }
    return new Domain(sorted);
  }

  BitSet choose() {
    for (Domain domain : domains) {
      for (int group : domain.groups) {
        if (!heldOut.get(group) && !tooLarge.get(group) && hash(group).fraction() < share) {
          hold(group, true);
        }
      }
    }
    domains.forEach(domain -> holdOutOne(domain, _ -> true));
    for (Domain domain : domains) {
      if (domain.groups.length > 0 && domain.trained() == 0) {
        Arrays.stream(domain.groups)
            .boxed()
            .max(Comparator.comparing(this::hash))
            .ifPresent(group -> hold(group, false));
      }
    }
    // A group that went back to training for one domain may have been all that another held out.
    domains.forEach(domain -> holdOutOne(domain, this::leavesOthers));
    return heldOut;
  }

  private void hold(int group, boolean out) {
    heldOut.set(group, out);
    for (Domain domain : domains) {
      if (domain.has(group)) {
        domain.heldOut += out ? 1 : -1;
      }
    }
  }

  private boolean leavesOthers(int group) {
    return domains.stream().allMatch(domain -> !domain.has(group) || domain.trained() > 1);
  }

  /** Holds out one group of a domain that has several groups and holds out none of them. */
  private void holdOutOne(Domain domain, IntPredicate isPossible) {
    if (domain.groups.length < 2 || domain.heldOut > 0) {
      return;
    }
    List<Integer> possible = Arrays.stream(domain.groups).filter(isPossible).boxed().toList();
    Optional<Integer> best =
        possible.stream()
            .filter(group -> !tooLarge.get(group))
            .min(Comparator.comparing(this::hash));
    if (best.isEmpty()) {
      best =
          possible.stream()
              .filter(group -> largestPart[group] <= LARGEST_PART)
              .min(
                  Comparator.comparingDouble((Integer group) -> largestPart[group])
                      .thenComparing(this::hash));
    }
    best.ifPresent(group -> hold(group, true));
  }

  private Fingerprint hash(int group) {
    return hash(groups.key(group));
  }

  /** The hash that decides about a key. */
  static Fingerprint hash(String key) {
    return Fingerprint.of(List.of(SALT, key));
  }
}

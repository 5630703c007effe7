package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Chooses the groups of a corpus that are held out. */
final class HeldOutChoice {
  private static final String SALT = "jingwei held-out 1";
  private static final double LARGEST_PART = 0.5;
  private static final Comparator<Candidate> BY_HASH = Comparator.comparing(each -> each.hash);

  private final double share;
  private final Map<TextGroups.Group, Candidate> candidates = new HashMap<>();
  private final List<Domain> domains = new ArrayList<>();

  /** A domain with the groups that it has documents of, each once. */
  private static final class Domain {
    final List<Candidate> groups = new ArrayList<>();
    int heldOut;

    int trained() {
      return groups.size() - heldOut;
    }
  }

  private static final class Candidate {
    final Fingerprint hash;
    final List<Domain> domains = new ArrayList<>();
    boolean isTooLarge;
    double largestPart;
    boolean isHeldOut;

    Candidate(TextGroups.Group group) {
      hash = Fingerprint.of(List.of(SALT, group.key()));
    }

    void hold(boolean out) {
      if (isHeldOut != out) {
        isHeldOut = out;
        domains.forEach(each -> each.heldOut += out ? 1 : -1);
      }
    }

    boolean leavesOthers() {
      return domains.stream().allMatch(each -> each.trained() > 1);
    }
  }

  HeldOutChoice(double share, Collection<List<TextGroups.Group>> groupsByDomain) {
    this.share = share;
    groupsByDomain.forEach(this::addDomain);
  }

  private void addDomain(List<TextGroups.Group> documents) {
    Map<TextGroups.Group, Integer> counts = new LinkedHashMap<>();
    documents.forEach(group -> counts.merge(group, 1, Integer::sum));
    Domain domain = new Domain();
    double limit = Math.max(1, share * documents.size());
    counts.forEach(
        (group, count) -> {
          Candidate candidate = candidates.computeIfAbsent(group, Candidate::new);
          candidate.isTooLarge |= count > limit && !group.isGiven();
          candidate.largestPart =
              Math.max(candidate.largestPart, count / (double) documents.size());
          candidate.domains.add(domain);
          domain.groups.add(candidate);
        });
    domains.add(domain);
  }

  Set<TextGroups.Group> choose() {
    for (Candidate each : candidates.values()) {
      each.hold(each.hash.fraction() < share && !each.isTooLarge);
    }
    domains.forEach(domain -> holdOutOne(domain, _ -> true));
    for (Domain domain : domains) {
      if (!domain.groups.isEmpty() && domain.trained() == 0) {
        domain.groups.stream().max(BY_HASH).orElseThrow().hold(false);
      }
    }
    // What went back to training for one domain may have been all that another one held out.
    domains.forEach(domain -> holdOutOne(domain, Candidate::leavesOthers));
    return candidates.entrySet().stream()
        .filter(each -> each.getValue().isHeldOut)
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** Holds out one group of a domain that has several and holds out none. */
  private static void holdOutOne(Domain domain, Predicate<Candidate> isPossible) {
    if (domain.groups.size() < 2 || domain.heldOut > 0) {
      return;
    }
    List<Candidate> possible = domain.groups.stream().filter(isPossible).toList();
    possible.stream()
        .filter(each -> !each.isTooLarge)
        .min(BY_HASH)
        .or(
            () ->
                possible.stream()
                    .filter(each -> each.largestPart <= LARGEST_PART)
                    .min(
                        Comparator.comparingDouble((Candidate each) -> each.largestPart)
                            .thenComparing(BY_HASH)))
        .ifPresent(each -> each.hold(true));
  }
}

package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Collects documents into a corpus. Drops empty and repeated documents, and splits the others so
 * that no text is on both sides. Finds repeats by fingerprints of 128 bits.
 */
final class CorpusBuilder {
  private final HeldOut heldOut;
  private final SequencedMap<String, Domain> domains = new LinkedHashMap<>();
  private final Map<DropReason, Long> dropped = new EnumMap<>(DropReason.class);
  private final TextGroups groups = new TextGroups();

  private static final class Domain {
    final Set<Fingerprint> seen = new HashSet<>();
    final List<Placed> documents = new ArrayList<>();
  }

  private record Placed(int place, Document document) {}

  CorpusBuilder(HeldOut heldOut) {
    this.heldOut = heldOut;
  }

  /** Fixes the order of domains; others follow in the order of their first documents. */
  void inOrder(List<String> names) {
    names.forEach(this::domain);
  }

  /** Adds a document whose content decides its side of the split. */
  void add(CleanDocument document) {
    if (holdsText(document)) {
      addOnce(document, groups.add(document.texts()));
    }
  }

  /** Adds a document whose key decides its side of the split. */
  void add(String key, Document document) {
    CleanDocument clean = CleanDocument.of(document);
    if (holdsText(clean)) {
      addOnce(clean, groups.add(key, clean.texts()));
    }
  }

  private boolean holdsText(CleanDocument document) {
    if (document.isEmpty()) {
      drop(DropReason.EMPTY);
    }
    return !document.isEmpty();
  }

  private void addOnce(CleanDocument document, int place) {
    Domain domain = domain(document.document().domain());
    if (domain.seen.add(document.whole())) {
      domain.documents.add(new Placed(place, document.document()));
    } else {
      drop(DropReason.DUPLICATE);
    }
  }

  private Domain domain(String name) {
    return domains.computeIfAbsent(name, _ -> new Domain());
  }

  /** Names of the domains that have documents. */
  Set<String> domains() {
    Set<String> names = new HashSet<>();
    domains.forEach(
        (name, domain) -> {
          if (!domain.documents.isEmpty()) {
            names.add(name);
          }
        });
    return names;
  }

  void drop(DropReason reason) {
    dropped.merge(reason, 1L, Long::sum);
  }

  Corpus build(Rejections rejected, List<String> notices) {
    BitSet chosen = heldOut.choose(groups, domains.values().stream().map(this::groupsOf).toList());
    SequencedMap<String, DomainTexts> split = new LinkedHashMap<>();
    domains.forEach(
        (name, domain) -> {
          if (!domain.documents.isEmpty()) {
            split.put(name, split(domain.documents, chosen));
          }
        });
    return new Corpus(split, dropped, rejected, notices);
  }

  private int[] groupsOf(Domain domain) {
    return domain.documents.stream().mapToInt(each -> groups.group(each.place())).toArray();
  }

  private DomainTexts split(List<Placed> documents, BitSet chosen) {
    List<Document> train = new ArrayList<>();
    List<Document> held = new ArrayList<>();
    for (Placed each : documents) {
      (chosen.get(groups.group(each.place())) ? held : train).add(each.document());
    }
    return new DomainTexts(train, held);
  }
}

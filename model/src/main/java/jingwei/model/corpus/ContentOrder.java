package jingwei.model.corpus;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Collects the documents of files and passes them on in an order that depends only on their
 * content. Within a domain, files are sorted by a fingerprint of their documents. A file that is
 * renamed, moved or compressed keeps its place, so a run on the same text stays the same run. All
 * files are held until the last one is read, so each file is read once.
 */
final class ContentOrder {
  private final SequencedMap<String, List<List<CleanDocument>>> domains = new LinkedHashMap<>();
  private final Map<String, List<CleanDocument>> current = new HashMap<>();

  private record Content(Fingerprint fingerprint, List<CleanDocument> documents) {}

  /** Starts the next file. */
  void nextFile() {
    current.clear();
  }

  void add(CleanDocument document) {
    String domain = document.document().domain();
    current
        .computeIfAbsent(
            domain,
            _ -> {
              List<CleanDocument> file = new ArrayList<>();
              domains.computeIfAbsent(domain, _ -> new ArrayList<>()).add(file);
              return file;
            })
        .add(document);
  }

  /**
   * Passes on all documents, domain by domain, in the order in which the domains first appeared.
   */
  void forEach(Consumer<CleanDocument> documents) {
    for (List<List<CleanDocument>> files : domains.values()) {
      files.stream()
          .map(file -> new Content(fingerprint(file), file))
          .sorted(Comparator.comparing(Content::fingerprint))
          .forEach(content -> content.documents().forEach(documents));
    }
  }

  private static Fingerprint fingerprint(List<CleanDocument> file) {
    return Fingerprint.of(
        () ->
            file.stream()
                .flatMap(each -> Stream.of(each.whole().toString(), language(each.document())))
                .iterator());
  }

  private static String language(Document document) {
    return switch (document) {
      case Document.Plain plain -> plain.language();
      case Document.Pair pair -> pair.first().language() + " " + pair.second().language();
    };
  }
}

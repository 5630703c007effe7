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
 * Gathers the documents of files and gives them in an order that only their content decides: within
 * a domain the files follow each other by a fingerprint of their documents. A file that is renamed,
 * moved or compressed stays where it was, so a run on the same text stays the same run. Files are
 * held until all are there, so that each is read once.
 */
final class ContentOrder {
  private final SequencedMap<String, List<List<CleanDocument>>> domains = new LinkedHashMap<>();
  private final Map<String, List<CleanDocument>> current = new HashMap<>();

  private record Content(Fingerprint fingerprint, List<CleanDocument> documents) {}

  /** Begins with the next file. */
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

  /** Gives all documents: domain by domain, in the order in which domains came first. */
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

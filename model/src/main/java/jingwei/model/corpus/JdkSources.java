package jingwei.model.corpus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Code and English text from the sources of the JDK. The code of a class goes to one domain and the
 * prose of its documentation to the other, both with the same key.
 *
 * <p>Classes are taken in turns from all packages, the base module first, in an order that depends
 * only on their names, until there is enough. Only the classes that are taken are read.
 */
final class JdkSources {
  private static final Pattern WANTED =
      Pattern.compile("java\\.[a-z.]+/javax?/[A-Za-z0-9_/]+\\.java");
  private static final long MAX_SOURCE_BYTES = 160_000;
  private static final int MIN_PROSE_CHARS = 300;

  private final Path archive;
  private final JdkSettings settings;
  private final CorpusBuilder corpus;
  private long codeBytes;
  private long englishBytes;

  private record Candidate(int round, boolean outsideBase, String name) {}

  JdkSources(Path archive, JdkSettings settings, CorpusBuilder corpus) {
    this.archive = archive;
    this.settings = settings;
    this.corpus = corpus;
  }

  void read() throws IOException {
    try (var zip = new ZipFile(archive.toFile())) {
      for (Candidate candidate : candidates(zip)) {
        if (codeBytes >= settings.codeBytes() && englishBytes >= settings.englishBytes()) {
          return;
        }
        byte[] bytes;
        try (var in = zip.getInputStream(zip.getEntry(candidate.name()))) {
          bytes = in.readAllBytes();
        }
        add(candidate.name(), JavaSource.of(new String(bytes, StandardCharsets.UTF_8)));
      }
    }
  }

  private void add(String name, JavaSource source) {
    if (codeBytes < settings.codeBytes()) {
      var code = new Document.Plain("jdk:" + name, JdkCorpus.CODE, "java", source.code());
      codeBytes += addClean(name, code, "/**");
    }
    String prose = JavadocProse.of(source.documentation());
    if (englishBytes < settings.englishBytes() && prose.length() >= MIN_PROSE_CHARS) {
      var english = new Document.Plain("jdk:" + name + "#javadoc", JdkCorpus.ENGLISH, "en", prose);
      englishBytes += addClean(name, english, "<p>");
    }
  }

  private long addClean(String name, Document.Plain document, String leftover) {
    if (document.text().contains(leftover)) {
      corpus.drop(DropReason.UNCLEAN);
      return 0;
    }
    corpus.add("source:" + name, document);
    return document.bytes();
  }

  private static List<Candidate> candidates(ZipFile zip) {
    Map<String, List<String>> packages = new TreeMap<>();
    zip.stream()
        .filter(entry -> entry.getSize() <= MAX_SOURCE_BYTES)
        .map(ZipEntry::getName)
        .filter(name -> WANTED.matcher(name).matches())
        .forEach(
            name ->
                packages
                    .computeIfAbsent(
                        name.substring(0, name.lastIndexOf('/')), _ -> new ArrayList<>())
                    .add(name));
    List<Candidate> candidates = new ArrayList<>();
    for (List<String> names : packages.values()) {
      names.sort(Comparator.comparing(name -> Fingerprint.of(List.of(name))));
      for (int round = 0; round < names.size(); round++) {
        String name = names.get(round);
        candidates.add(new Candidate(round, !name.startsWith("java.base/"), name));
      }
    }
    candidates.sort(
        Comparator.comparing(Candidate::outsideBase)
            .thenComparingInt(Candidate::round)
            .thenComparing(Candidate::name));
    return candidates;
  }
}

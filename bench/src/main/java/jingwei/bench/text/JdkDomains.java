package jingwei.bench.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import jingwei.model.UserException;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.text.BpeSettings;
import jingwei.model.text.BpeTrainer;
import jingwei.model.text.Tokenizer;

/**
 * Java sources of the running JDK, cut into domains by package: neighbouring packages are one
 * domain, and all domains have about as many classes.
 *
 * @param domains the documents of each domain; those of the training and of the held-out part
 * @param bytesOfTokens bytes of each token, for bits per byte
 */
@SuppressWarnings("ArrayRecordComponent") // read by index, never compared
public record JdkDomains(List<Split> domains, int[] bytesOfTokens) {
  /** Every so many documents, one is held out. */
  private static final int HELD_OUT_EVERY = 10;

  private static final int MOST_CLASS_BYTES = 40_000;

  /** The documents of a domain. */
  public record Split(List<EncodedDocument> training, List<EncodedDocument> heldOut) {}

  /**
   * Reads, tokenises and divides the sources.
   *
   * @param number of domains
   * @param bytesPerDomain about so much text in each
   * @throws UserException if the JDK has no sources, or too few
   */
  public static JdkDomains of(int number, int vocabulary, long bytesPerDomain) throws IOException {
    Path archive = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (!Files.exists(archive)) {
      throw new UserException(
          "The JDK at %s has no lib/src.zip, whose text this benchmark trains on; use a JDK with sources."
              .formatted(System.getProperty("java.home")));
    }
    SequencedMap<String, List<String>> texts = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      List<String> classes = classes(zip);
      if (classes.size() < number * HELD_OUT_EVERY) {
        throw new UserException(
            "The JDK has %d source files, too few for %d domains."
                .formatted(classes.size(), number));
      }
      for (int domain = 0; domain < number; domain++) {
        int from = (int) ((long) classes.size() * domain / number);
        int to = (int) ((long) classes.size() * (domain + 1) / number);
        texts.put("d" + domain, read(zip, classes.subList(from, to), bytesPerDomain));
      }
    }
    try (Tokenizer tokenizer = BpeTrainer.train(texts, BpeSettings.ofVocabulary(vocabulary))) {
      return new JdkDomains(
          IntStream.range(0, number)
              .mapToObj(domain -> split(domain, texts.get("d" + domain), tokenizer))
              .toList(),
          tokenizer.bytesOfTokens());
    }
  }

  /** The training documents of each domain. */
  public List<DocumentSource> training() {
    return domains.stream().map(domain -> DocumentSource.of(domain.training)).toList();
  }

  /** The held-out documents of each domain. */
  public List<DocumentSource> heldOut() {
    return domains.stream().map(domain -> DocumentSource.of(domain.heldOut)).toList();
  }

  /** Names of source files, package by package. */
  private static List<String> classes(ZipFile zip) {
    Map<String, List<String>> packages = new TreeMap<>();
    zip.stream()
        .filter(entry -> entry.getName().endsWith(".java"))
        .filter(entry -> entry.getSize() > 1000 && entry.getSize() < MOST_CLASS_BYTES)
        .map(ZipEntry::getName)
        .sorted()
        .forEach(
            name ->
                packages
                    .computeIfAbsent(
                        name.substring(0, name.lastIndexOf('/')), folder -> new ArrayList<>())
                    .add(name));
    return packages.values().stream().flatMap(List::stream).toList();
  }

  /** Texts of files that are spread evenly over the domain. */
  private static List<String> read(ZipFile zip, List<String> names, long mostBytes)
      throws IOException {
    List<String> texts = new ArrayList<>();
    long bytes = 0;
    long all = names.stream().mapToLong(name -> zip.getEntry(name).getSize()).sum();
    double share = Math.min(1, (double) mostBytes / all);
    for (int i = 0; i < names.size() && bytes < mostBytes; i++) {
      if ((long) ((i + 1) * share) > (long) (i * share)) {
        byte[] content = zip.getInputStream(zip.getEntry(names.get(i))).readAllBytes();
        texts.add(new String(content, StandardCharsets.UTF_8));
        bytes += content.length;
      }
    }
    return texts;
  }

  private static Split split(int domain, List<String> texts, Tokenizer tokenizer) {
    List<EncodedDocument> training = new ArrayList<>();
    List<EncodedDocument> heldOut = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      int[] text = tokenizer.encode(texts.get(i));
      int[] tokens = Arrays.copyOf(text, text.length + 1);
      tokens[text.length] = tokenizer.endOfText();
      EncodedDocument document = new EncodedDocument(domain + "-" + i, domain, tokens);
      (i % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 ? heldOut : training).add(document);
    }
    return new Split(training, heldOut);
  }
}

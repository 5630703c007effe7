package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileOrderTest {
  private static final SourceSettings CONTENT = SourceSettings.DEFAULT;
  private static final SourceSettings PATH =
      CONTENT.withOrder(SourceSettings.FileOrder.PATH).withHeldOut(new HeldOut(0));

  private static final Document SPLIT = new Document.Plain("", "", "", "held out:");

  @TempDir private Path folder;

  /** Files that are renamed, moved, compressed or read from standard input give the same corpus. */
  @Test
  void dependsOnContentAndNotOnFileNames() throws IOException {
    Random random = new Random(11);
    List<String> files = new ArrayList<>();
    for (int file = 0; file < 6; file++) {
      StringBuilder rows = new StringBuilder();
      for (int row = 0; row < 30; row++) {
        rows.append(
            random.nextBoolean()
                ? "{\"text\": \"text %d\"}\n".formatted(random.nextInt(300))
                : "{\"zh\": \"zh %d\", \"en\": \"text %d\"}\n"
                    .formatted(random.nextInt(100), random.nextInt(300)));
      }
      files.add(rows.toString());
    }
    List<String> expected = null;
    for (int trial = 0; trial < 30; trial++) {
      Collections.shuffle(files, random);
      Path here = Files.createDirectory(folder.resolve("trial" + trial));
      List<String> sources = new ArrayList<>();
      String standardInput = "";
      for (int i = 0; i < files.size(); i++) {
        if (i == 0 && random.nextBoolean()) {
          sources.add("x=-");
          standardInput = files.getFirst();
        } else {
          String name = "sub%d/%s.jsonl".formatted(random.nextInt(3), (char) ('a' + i));
          sources.add("x=" + write(here.resolve(name), files.get(i), random.nextBoolean()));
        }
      }
      Collections.shuffle(sources, random);
      List<String> corpus =
          texts(
              random.nextBoolean() || !standardInput.isEmpty() ? sources : List.of("x=" + here),
              standardInput);
      expected = expected == null ? corpus : expected;
      assertEquals(expected, corpus, "trial " + trial);
    }
  }

  @Test
  void keepsTheRowsOfAFileInOrder() throws IOException {
    Path file = folder.resolve("rows.jsonl");
    write(file, "{\"text\": \"b\"}\n{\"text\": \"a\"}\n{\"text\": \"c\"}\n", false);
    Corpus corpus = read(List.of("x=" + file), "", CONTENT.withHeldOut(new HeldOut(0)));
    assertEquals(
        List.of("b", "a", "c"),
        corpus.domains().get("x").train().stream().map(d -> d.texts().getFirst()).toList());
  }

  @Test
  void followsThePathsIfConfigured() throws IOException {
    Set<List<String>> orders = new HashSet<>();
    for (String names : List.of("abc", "acb", "bac", "bca", "cab", "cba")) {
      Path here = Files.createDirectory(folder.resolve(names));
      for (int i = 0; i < 3; i++) {
        String row = "{\"text\": \"%d\"}\n".formatted(i);
        write(here.resolve(names.charAt(i) + ".jsonl"), row, false);
      }
      orders.add(
          read(List.of("x=" + here), "", PATH).domains().get("x").train().stream()
              .flatMap(document -> document.texts().stream())
              .toList());
    }
    assertEquals(6, orders.size());
  }

  /** Two of three files are the same; which one stays does not depend on names. */
  @Test
  void decidesWhichDuplicateStays() throws IOException {
    Set<List<String>> languages = new HashSet<>();
    for (String names : List.of("abc", "bca", "cab")) {
      Path here = Files.createDirectory(folder.resolve(names));
      for (int i = 0; i < 3; i++) {
        String row = "{\"text\": \"the same\", \"lang\": \"%d\"}\n".formatted(i);
        write(here.resolve(names.charAt(i) + ".jsonl"), row, false);
      }
      Corpus corpus = read(List.of("x=" + here), "", CONTENT);
      languages.add(
          corpus.domains().get("x").train().stream()
              .map(document -> ((Document.Plain) document).language())
              .toList());
      assertEquals(2, corpus.dropped().get(DropReason.DUPLICATE));
    }
    assertEquals(1, languages.size());
  }

  @Test
  void ordersDomainsBySourcesThenByRows() throws IOException {
    Path z = write(folder.resolve("1.jsonl"), "{\"text\": \"z\"}\n", false);
    Path a = write(folder.resolve("2.jsonl"), "{\"text\": \"a\"}\n", false);
    String rows =
        "{\"domain\": \"q\", \"text\": \"1\"}\n{\"domain\": \"a\", \"text\": \"2\"}\n{\"domain\": \"b\", \"text\": \"3\"}\n";
    List<String> sources = List.of("-", "z=" + z, "a=" + a);
    assertEquals(
        List.of("z", "a", "q", "b"), List.copyOf(read(sources, rows, CONTENT).domains().keySet()));
    assertEquals(
        List.of("q", "a", "b", "z"), List.copyOf(read(sources, rows, PATH).domains().keySet()));
  }

  /** The texts of both sides of the split. */
  private static List<String> texts(List<String> sources, String standardInput) {
    DomainTexts texts = read(sources, standardInput, CONTENT).domains().get("x");
    return Stream.of(texts.train().stream(), Stream.of(SPLIT), texts.heldOut().stream())
        .flatMap(each -> each)
        .flatMap(document -> document.texts().stream())
        .toList();
  }

  private static Corpus read(List<String> sources, String standardInput, SourceSettings settings) {
    return DataSources.of(sources, settings)
        .read(new ByteArrayInputStream(standardInput.getBytes(StandardCharsets.UTF_8)), row -> {});
  }

  private static Path write(Path file, String text, boolean compressed) throws IOException {
    Files.createDirectories(file.getParent());
    Path path = compressed ? Path.of(file + ".gz") : file;
    try (OutputStream raw = Files.newOutputStream(path);
        OutputStream out = compressed ? new GZIPOutputStream(raw) : raw) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return path;
  }
}

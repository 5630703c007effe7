package jingwei.model.corpus;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import jingwei.model.UserException;

/** Reads the texts that a user names with {@code DOMAIN=PATH}. */
public final class DataSources {
  private final List<DataSource> sources;
  private final SourceSettings settings;

  private DataSources(List<DataSource> sources, SourceSettings settings) {
    this.sources = sources;
    this.settings = settings;
  }

  /**
   * Takes the sources as they are given.
   *
   * @param given each {@code DOMAIN=PATH}, or {@code -} for rows with a {@code domain} on standard
   *     input
   * @throws UserException if one has another form or standard input is named twice
   */
  public static DataSources of(List<String> given, SourceSettings settings) {
    List<DataSource> sources = given.stream().map(DataSource::parse).toList();
    if (sources.stream().filter(DataSource::isStandardInput).count() > 1) {
      throw new UserException(
          "Standard input is named by more than one of the data sources %s; it can be read only once, so name it once."
              .formatted(given));
    }
    return new DataSources(sources, settings);
  }

  /**
   * Reads everything, cleans it and splits it. The order is that of the sources, inside one that of
   * the paths.
   *
   * @param standardInput read only if a source is {@code -}; not closed
   * @throws UserException if a path is missing or cannot be read, or nothing usable is found
   */
  public Corpus read(InputStream standardInput) {
    var corpus = new CorpusBuilder(settings.heldOut());
    List<String> notices = new ArrayList<>();
    Rejections rejected = forEach(standardInput, corpus::add, notices::add);
    Set<String> found = corpus.domains();
    sources.stream()
        .map(DataSource::domain)
        .filter(domain -> !domain.isEmpty() && !found.contains(domain))
        .distinct()
        .forEach(
            domain ->
                notices.add(
                    "The domain %s has no usable document and is left out.".formatted(domain)));
    Corpus built = corpus.build(rejected, notices);
    if (built.domains().isEmpty()) {
      throw new UserException(
          "The data sources %s hold no usable document (%d rows rejected%s); give files with text in them."
              .formatted(
                  sources.stream().map(DataSource::path).toList(),
                  rejected.total(),
                  rejected.rows().isEmpty() ? "" : ", the first: " + rejected.rows().getFirst()));
    }
    return built;
  }

  /**
   * Gives every document as it is read, uncleaned, in order, and holds none of them.
   *
   * @param notices takes sentences about files that were passed over
   * @return the rows that could not be read
   * @throws UserException as {@link #read}
   */
  public Rejections forEach(
      InputStream standardInput, Consumer<Document> documents, Consumer<String> notices) {
    var rows = new RowReader(settings, documents);
    for (DataSource source : sources) {
      if (source.isStandardInput()) {
        standardInput(source, standardInput, rows);
        continue;
      }
      SourceFiles files = SourceFiles.of(source.path());
      if (files.skipped() > 0) {
        notices.accept(
            "%d files of %s do not end in .txt or .jsonl and were passed over."
                .formatted(files.skipped(), source.path()));
      }
      files.paths().forEach(file -> file(source.domain(), file, rows));
    }
    return rows.rejections();
  }

  private static void file(String domain, Path file, RowReader rows) {
    String name = file.toString();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      if (name.endsWith(SourceFiles.TEXT)) {
        rows.text(name, domain, in);
      } else {
        rows.jsonl(name, domain, in);
      }
    } catch (IOException e) {
      throw new UserException(
          "The data file %s cannot be read (%s); check that it is there and may be read."
              .formatted(name, e.getClass().getSimpleName()),
          e);
    }
  }

  private static void standardInput(DataSource source, InputStream in, RowReader rows) {
    try {
      if (source.domain().isEmpty()) {
        rows.jsonlWithDomains(source.path(), in);
      } else {
        rows.jsonl(source.path(), source.domain(), in);
      }
    } catch (IOException e) {
      throw new UserException(
          "Standard input broke off (%s); give the rows again or as a file."
              .formatted(e.getMessage()),
          e);
    }
  }
}

package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
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
   * Takes the sources as the user gave them.
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
   * Reads everything, cleans it and splits it. The settings decide the order of a domain's files,
   * including standard input. The documents of a file keep their order. Domains come in the order
   * of the sources, followed by those that only rows name.
   *
   * @param standardInput read only if a source is {@code -}; not closed
   * @param rejectedRows receives every row that cannot be used
   * @throws UserException if a path is missing or cannot be read, if nothing usable is found, or if
   *     more rows cannot be used than the settings allow
   */
  public Corpus read(InputStream standardInput, Consumer<RejectedRow> rejectedRows) {
    var corpus = new CorpusBuilder(settings.heldOut());
    List<String> notices = new ArrayList<>();
    Rejections rejected =
        switch (settings.order()) {
          case PATH ->
              read(
                  standardInput,
                  () -> {},
                  document -> corpus.add(CleanDocument.of(document)),
                  notices::add,
                  rejectedRows);
          case CONTENT -> {
            corpus.inOrder(named());
            var ordered = new ContentOrder();
            Rejections all =
                read(
                    standardInput,
                    ordered::nextFile,
                    document -> ordered.add(CleanDocument.of(document)),
                    notices::add,
                    rejectedRows);
            ordered.forEach(corpus::add);
            yield all;
          }
        };
    Set<String> found = corpus.domains();
    for (String domain : named()) {
      if (!found.contains(domain)) {
        notices.add("The domain %s has no usable document and is left out.".formatted(domain));
      }
    }
    Corpus built = corpus.build(rejected, notices);
    check(built);
    return built;
  }

  /**
   * Passes on every document as it is read, uncleaned, and keeps none. Sources come in their order,
   * the files of a source in the order of their paths.
   *
   * @param notices receives sentences about files that were passed over
   * @param rejectedRows receives every row that cannot be used
   * @return the rows that could not be used
   * @throws UserException if a path is missing or cannot be read
   */
  public Rejections forEach(
      InputStream standardInput,
      Consumer<Document> documents,
      Consumer<String> notices,
      Consumer<RejectedRow> rejectedRows) {
    return read(standardInput, () -> {}, documents, notices, rejectedRows);
  }

  /**
   * @param nextFile runs before each file
   */
  private Rejections read(
      InputStream standardInput,
      Runnable nextFile,
      Consumer<Document> documents,
      Consumer<String> notices,
      Consumer<RejectedRow> rejectedRows) {
    var rows = new RowReader(settings, documents, rejectedRows);
    for (DataSource source : sources) {
      if (source.isStandardInput()) {
        nextFile.run();
        standardInput(source, standardInput, rows);
        continue;
      }
      SourceFiles files = SourceFiles.of(source);
      for (Path file : files.paths()) {
        nextFile.run();
        long before = rows.rows();
        file(source.domain(), file, rows);
        if (rows.rows() == before) {
          files.passedOver().add(PassedOver.Reason.EMPTY);
        }
      }
      files.passedOver().notice(source.path()).ifPresent(notices);
    }
    return rows.rejections();
  }

  private static void file(String domain, Path file, RowReader rows) {
    String name = file.toString();
    SourceFormat format = SourceFormat.of(file).orElseThrow();
    try {
      if (format == SourceFormat.PARQUET) {
        rows.parquet(name, domain, file);
        return;
      }
      try (InputStream in = SourceFormat.open(file)) {
        if (format == SourceFormat.TEXT) {
          rows.text(name, domain, in);
        } else {
          rows.jsonl(name, domain, in);
        }
      }
    } catch (IOException e) {
      throw DataFileException.sentence("The data file " + name, e);
    }
  }

  private static void standardInput(DataSource source, InputStream in, RowReader rows) {
    try {
      if (source.domain().isEmpty()) {
        rows.jsonlWithDomains(source.path(), in);
      } else {
        rows.jsonl(source.path(), source.domain(), in);
      }
    } catch (DataFileException e) {
      throw DataFileException.sentence("Standard input", e);
    } catch (IOException e) {
      throw new UserException(
          "Standard input broke off (%s); give the rows again or as a file."
              .formatted(OneLine.of(e)),
          e);
    }
  }

  /** The domains that sources name, each once. */
  private List<String> named() {
    return sources.stream()
        .map(DataSource::domain)
        .filter(domain -> !domain.isEmpty())
        .distinct()
        .toList();
  }

  private void check(Corpus corpus) {
    Rejections rejected = corpus.rejected();
    if (corpus.domains().isEmpty()) {
      throw new UserException(
          "The data sources %s hold no usable document (%d rows rejected%s); give files with text in them."
              .formatted(
                  sources.stream().map(DataSource::path).toList(),
                  rejected.total(),
                  rejected.first().isEmpty()
                      ? ""
                      : ", the first: " + rejected.first().getFirst().description()));
    }
    if (rejected.total() > settings.maxRejectedShare() * rejected.rows()) {
      throw new UserException(
          "%d of %d rows cannot be used, more than data.maxRejectedShare = %s allows, the first at %s; mend them or raise the share."
              .formatted(
                  rejected.total(),
                  rejected.rows(),
                  settings.maxRejectedShare(),
                  rejected.first().getFirst().description()));
    }
  }
}

package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How a file is read, by the ending of its name in lower or upper case; text and rows may be
 * compressed as well.
 */
enum SourceFormat {
  TEXT(".txt"),
  ROWS(".jsonl"),
  PARQUET(".parquet");

  /** The endings, for sentences. */
  static final String ENDINGS = ".txt, .jsonl (each also with .gz or .zst) or .parquet";

  private static final String GZIP = ".gz";
  private static final String ZSTANDARD = ".zst";

  private final String ending;

  SourceFormat(String ending) {
    this.ending = ending;
  }

  /** The format of a file; empty if its ending is not known. */
  static Optional<SourceFormat> of(Path file) {
    String name = lowerCase(file);
    String plain = withoutCompression(name);
    return Arrays.stream(values())
        .filter(format -> plain.endsWith(format.ending))
        .filter(format -> format != PARQUET || plain.equals(name))
        .findFirst();
  }

  /** The content of a file, uncompressed; not buffered. */
  static InputStream open(Path file) throws IOException {
    String name = lowerCase(file);
    InputStream raw = Files.newInputStream(file);
    try {
      if (name.endsWith(GZIP)) {
        return new GzipMembers(raw);
      }
      return name.endsWith(ZSTANDARD) ? new ZstandardFrames(raw) : raw;
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  private static String lowerCase(Path file) {
    return file.toString().toLowerCase(Locale.ROOT);
  }

  private static String withoutCompression(String name) {
    for (String compression : new String[] {GZIP, ZSTANDARD}) {
      if (name.endsWith(compression)) {
        return name.substring(0, name.length() - compression.length());
      }
    }
    return name;
  }
}

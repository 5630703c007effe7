package jingwei.model.corpus;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** How a file is read, by the ending of its name; text and rows may be compressed as well. */
enum SourceFormat {
  TEXT(".txt"),
  ROWS(".jsonl"),
  PARQUET(".parquet");

  /** The endings, for sentences. */
  static final String ENDINGS = ".txt, .jsonl (each also with .gz or .zst) or .parquet";

  private static final String GZIP = ".gz";
  private static final String ZSTANDARD = ".zst";
  private static final int BUFFER_BYTES = 1 << 16;

  private final String ending;

  SourceFormat(String ending) {
    this.ending = ending;
  }

  /** The format of a file; none if it is not to be read. */
  static Optional<SourceFormat> of(Path file) {
    String name = file.toString();
    String plain = withoutCompression(name);
    return Arrays.stream(values())
        .filter(format -> plain.endsWith(format.ending))
        .filter(format -> format != PARQUET || plain.equals(name))
        .findFirst();
  }

  /** The content of a file, uncompressed. */
  static InputStream open(Path file) throws IOException {
    String name = file.toString();
    InputStream raw = Files.newInputStream(file);
    try {
      if (name.endsWith(GZIP)) {
        return new GZIPInputStream(raw, BUFFER_BYTES);
      }
      return new BufferedInputStream(
          name.endsWith(ZSTANDARD) ? new ZstdInputStream(raw) : raw, BUFFER_BYTES);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
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

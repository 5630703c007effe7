package jingwei.model.corpus;

/**
 * A row that could not be read.
 *
 * @param file the file, or {@code -} for standard input
 * @param line its line, from 1; in a format without lines, the number of the row
 * @param byteOffset start of the line in the uncompressed file, from 0; -1 in a format without
 *     lines
 * @param reason what is wrong with it, in a few words
 */
public record RejectedRow(String file, long line, long byteOffset, String reason) {
  static final long NO_OFFSET = -1;

  /** The place and the reason, for a sentence. */
  public String description() {
    return byteOffset == NO_OFFSET
        ? "%s row %d (%s)".formatted(file, line, reason)
        : "%s line %d, byte %d (%s)".formatted(file, line, byteOffset, reason);
  }
}

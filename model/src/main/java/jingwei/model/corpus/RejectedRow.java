package jingwei.model.corpus;

/**
 * A row that could not be read.
 *
 * @param file the file, or {@code -} for standard input
 * @param line its line, from 1
 * @param byteOffset where the line begins in the file (uncompressed), from 0; -1 in a format
 *     without lines
 * @param reason what is wrong with it, a few words
 */
public record RejectedRow(String file, long line, long byteOffset, String reason) {
  /** The place and the reason, for a sentence. */
  public String description() {
    return "%s line %d (%s)".formatted(file, line, reason);
  }
}

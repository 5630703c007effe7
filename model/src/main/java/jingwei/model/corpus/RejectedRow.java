package jingwei.model.corpus;

/**
 * A row that could not be read.
 *
 * @param file the file, or {@code -} for standard input
 * @param line its line, from 1
 * @param byteOffset where the line begins in the file, from 0
 * @param reason what is wrong with it, a few words
 */
public record RejectedRow(String file, long line, long byteOffset, String reason) {}

package jingwei.model.corpus;

import jingwei.model.UserException;

/**
 * How files are read.
 *
 * @param heldOut which documents are held out
 * @param maxLineBytes longest line; a longer one is rejected
 * @param textCutBytes a text file is cut at the first line end after this number of bytes
 * @param onRejected what happens when a row cannot be used
 * @param maxRejectedShare largest share of rows that cannot be used; above it, reading fails
 * @param order in which the files of a domain are read
 */
public record SourceSettings(
    HeldOut heldOut,
    int maxLineBytes,
    int textCutBytes,
    OnRejected onRejected,
    double maxRejectedShare,
    FileOrder order) {

  /** What happens when a row cannot be used. */
  public enum OnRejected {
    /** The row is recorded and left out. */
    SKIP,
    /** Reading fails. */
    STOP
  }

  /** In which order the files of a domain come. */
  public enum FileOrder {
    /** By their content: the same text under other names or compressed gives the same run. */
    CONTENT,
    /** By the sources and their paths, as in earlier versions. */
    PATH
  }

  /**
   * One in twenty held out, lines up to 64 MiB, text cut after 64 KiB, bad rows left out, files
   * ordered by content.
   */
  public static final SourceSettings DEFAULT =
      new SourceSettings(
          HeldOut.DEFAULT, 64 << 20, 64 << 10, OnRejected.SKIP, 1, FileOrder.CONTENT);

  /**
   * @throws UserException if a number is out of range; the sentence names it
   */
  public SourceSettings {
    within("maxLineBytes", maxLineBytes, 1 << 10, 1 << 29);
    within("textCutBytes", textCutBytes, 1 << 10, 1 << 29);
    if (!(maxRejectedShare >= 0 && maxRejectedShare <= 1)) {
      throw new UserException(
          "data.maxRejectedShare = %s must lie between 0 and 1; choose for instance 0.1."
              .formatted(maxRejectedShare));
    }
  }

  /** The same with another share held out. */
  public SourceSettings withHeldOut(HeldOut other) {
    return new SourceSettings(
        other, maxLineBytes, textCutBytes, onRejected, maxRejectedShare, order);
  }

  /** The same with the files in another order. */
  public SourceSettings withOrder(FileOrder other) {
    return new SourceSettings(
        heldOut, maxLineBytes, textCutBytes, onRejected, maxRejectedShare, other);
  }

  private static void within(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new UserException(
          "The data setting %s=%d must lie between %d and %d; choose a value in that range."
              .formatted(name, value, low, high));
    }
  }
}

package jingwei.model.corpus;

import jingwei.model.UserException;

/**
 * How files are read.
 *
 * @param heldOut which documents are held out
 * @param maxLineBytes a longer line is rejected
 * @param textCutBytes a text file is cut at the line end after so many bytes
 * @param maxRejectedRows rejected rows that are kept; all are counted
 */
public record SourceSettings(
    HeldOut heldOut, int maxLineBytes, int textCutBytes, int maxRejectedRows) {

  /**
   * One in twenty held out, lines up to 64 MiB, text cut after 64 KiB, a thousand rejected rows.
   */
  public static final SourceSettings DEFAULT =
      new SourceSettings(HeldOut.DEFAULT, 64 << 20, 64 << 10, 1000);

  /**
   * @throws UserException if a number is out of range; the sentence names it
   */
  public SourceSettings {
    within("maxLineBytes", maxLineBytes, 1 << 10, 1 << 29);
    within("textCutBytes", textCutBytes, 1 << 10, 1 << 29);
    within("maxRejectedRows", maxRejectedRows, 0, 1 << 20);
  }

  private static void within(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new UserException(
          "The data setting %s=%d must lie between %d and %d; choose a value in that range."
              .formatted(name, value, low, high));
    }
  }
}

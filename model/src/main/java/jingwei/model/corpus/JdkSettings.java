package jingwei.model.corpus;

import jingwei.model.UserException;

/**
 * How much of the running JDK's own text is used.
 *
 * @param heldOut which documents are held out
 * @param codeBytes Java source, in bytes
 * @param englishBytes English prose, in bytes
 * @param messageBytes approximate bytes of Chinese messages in one document
 */
public record JdkSettings(HeldOut heldOut, long codeBytes, long englishBytes, int messageBytes) {

  /** One in twenty held out, 3 MiB of code, 3 MiB of English, messages by 1.5 KiB. */
  public static final JdkSettings DEFAULT =
      new JdkSettings(HeldOut.DEFAULT, 3 << 20, 3 << 20, 1536);

  /**
   * @throws UserException if a number is out of range; the sentence names it
   */
  public JdkSettings {
    within("codeBytes", codeBytes, 0, 1L << 30);
    within("englishBytes", englishBytes, 0, 1L << 30);
    within("messageBytes", messageBytes, 1, 1 << 20);
  }

  private static void within(String name, long value, long low, long high) {
    if (value < low || value > high) {
      throw new UserException(
          "The setting %s=%d of the JDK's own text must lie between %d and %d; choose a value in that range."
              .formatted(name, value, low, high));
    }
  }
}

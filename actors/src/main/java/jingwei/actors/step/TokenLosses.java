package jingwei.actors.step;

import java.util.Arrays;

/**
 * The loss of each token of a micro-batch, in nats. They are not added up before they are sent: the
 * coordinator adds them in the order of the batch, so that their sum has the same bits however the
 * batch is divided.
 *
 * @param values one for each token; 0 for a token without a target
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never changed
public record TokenLosses(double[] values) {
  /** Copies the first values of a buffer. */
  public static TokenLosses copyOf(double[] buffer, int numTokens) {
    return new TokenLosses(Arrays.copyOf(buffer, numTokens));
  }

  @Override
  public String toString() {
    return values.length + " losses";
  }
}

package jingwei.actors.step;

import java.util.Arrays;

/**
 * The loss of each token of a micro-batch, in nats. They travel one by one, since the coordinator
 * adds them up in the order of the batch: so their sum has the same bits however the batch is
 * shared.
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

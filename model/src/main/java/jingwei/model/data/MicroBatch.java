package jingwei.model.data;

import java.util.Arrays;

/**
 * Tokens of one forward pass, flattened and without padding. Rows matter only for where segments
 * are cut.
 *
 * @param tokens input ids, [N]
 * @param targets the next token of each, or -1 for no target, [N]
 * @param positions position of each token within its segment, [N]
 * @param domains domain of each token, [N]
 * @param segments index of the first token of each segment, and N at the end; attention and
 *     positions do not cross segments
 */
@SuppressWarnings("ArrayRecordComponent") // read by kernels, never compared
public record MicroBatch(
    int[] tokens, int[] targets, int[] positions, int[] domains, int[] segments) {
  /**
   * @throws IllegalArgumentException if the lengths differ, or the segments do not cover the tokens
   *     in order
   */
  public MicroBatch {
    int last = segments.length - 1;
    boolean isCut = last >= 0 && segments[0] == 0 && segments[last] == tokens.length;
    for (int i = 1; i <= last; i++) {
      isCut &= segments[i] >= segments[i - 1];
    }
    if (!isCut
        || targets.length != tokens.length
        || positions.length != tokens.length
        || domains.length != tokens.length) {
      throw new IllegalArgumentException(
          "tokens=%d targets=%d positions=%d domains=%d segments=%s"
              .formatted(
                  tokens.length,
                  targets.length,
                  positions.length,
                  domains.length,
                  Arrays.toString(segments)));
    }
  }

  public int numTokens() {
    return tokens.length;
  }

  /** Number of tokens with a target. */
  public int numTargets() {
    int count = 0;
    for (int target : targets) {
      count += target >= 0 ? 1 : 0;
    }
    return count;
  }
}

package jingwei.model.data;

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

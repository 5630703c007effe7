package jingwei.model.decoder;

import jingwei.model.UserException;

/**
 * Sizes of a decoder (PanGu-Sigma, 2303.10845; reference notes section 2).
 *
 * @param vocabulary V, token ids
 * @param context P, most tokens of a segment
 * @param width D, features of a token
 * @param heads attention heads, each width / heads wide
 * @param innerWidth F, inner width of a feed-forward and of an expert
 * @param denseBlocks bottom blocks, shared by all domains
 * @param routedBlocks RRE blocks on top of them
 * @param domains domains with experts of their own
 * @param expertsPerDomain experts of one domain in one RRE block
 * @param queryLayer whether the query layer follows the final norm; it is not counted in the blocks
 */
public record DecoderShape(
    int vocabulary,
    int context,
    int width,
    int heads,
    int innerWidth,
    int denseBlocks,
    int routedBlocks,
    int domains,
    int expertsPerDomain,
    boolean queryLayer) {

  public DecoderShape {
    positive("model.vocabulary", vocabulary);
    positive("model.context", context);
    positive("model.width", width);
    positive("model.heads", heads);
    positive("model.innerWidth", innerWidth);
    if (width % heads != 0) {
      throw new UserException(
          "model.width = %d is not a multiple of model.heads = %d; choose a width that the heads divide."
              .formatted(width, heads));
    }
    if (denseBlocks < 0 || routedBlocks < 0 || denseBlocks + routedBlocks == 0) {
      throw new UserException(
          "model.denseBlocks = %d and model.routedBlocks = %d make no decoder; one of them must be above zero."
              .formatted(denseBlocks, routedBlocks));
    }
    if (routedBlocks > 0) {
      positive("domains", domains);
      positive("model.expertsPerDomain", expertsPerDomain);
      if ((long) domains * expertsPerDomain > Short.MAX_VALUE) {
        throw new UserException(
            "%d domains with model.expertsPerDomain = %d need %d experts a layer; at most %d are possible."
                .formatted(
                    domains, expertsPerDomain, (long) domains * expertsPerDomain, Short.MAX_VALUE));
      }
    }
  }

  public int blocks() {
    return denseBlocks + routedBlocks;
  }

  /** Experts of one RRE block, all domains together; 0 in a dense decoder. */
  public int expertsPerBlock() {
    return routedBlocks == 0 ? 0 : domains * expertsPerDomain;
  }

  private static void positive(String key, int value) {
    if (value <= 0) {
      throw new UserException("%s = %d must be above zero.".formatted(key, value));
    }
  }
}

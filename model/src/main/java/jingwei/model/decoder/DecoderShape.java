package jingwei.model.decoder;

import jingwei.model.UserException;

/**
 * Sizes of a decoder (PanGu-Sigma, 2303.10845; reference notes section 2).
 *
 * @param vocabulary V, number of token ids
 * @param context P, largest number of tokens in a segment
 * @param sizes sizes of one block
 * @param stack numbers of blocks
 * @param experts experts of the routed blocks
 */
public record DecoderShape(int vocabulary, int context, Sizes sizes, Stack stack, Experts experts) {

  /**
   * The sizes that all blocks share.
   *
   * @param width D, features of a token
   * @param heads attention heads, each width / heads wide
   * @param innerWidth F, inner width of feed-forward layers and experts
   */
  public record Sizes(int width, int heads, int innerWidth) {
    public Sizes {
      positive("model.width", width);
      positive("model.heads", heads);
      positive("model.innerWidth", innerWidth);
      if (width % heads != 0) {
        throw new UserException(
            "model.width = %d is not a multiple of model.heads = %d; choose a width that the heads divide."
                .formatted(width, heads));
      }
    }
  }

  /**
   * The stack of blocks.
   *
   * @param denseBlocks number of dense blocks at the bottom, shared by all domains
   * @param routedBlocks number of RRE blocks on top of them
   * @param queryLayer true if the query layer follows the final norm; it does not count as a block
   */
  public record Stack(int denseBlocks, int routedBlocks, boolean queryLayer) {
    public Stack {
      if (denseBlocks < 0 || routedBlocks < 0 || denseBlocks + routedBlocks == 0) {
        throw new UserException(
            "model.denseBlocks = %d and model.routedBlocks = %d make no decoder; one of them must be above zero."
                .formatted(denseBlocks, routedBlocks));
      }
    }
  }

  /**
   * The experts of each RRE block. The numbers are ignored if there are no such blocks.
   *
   * @param domains number of domains with their own experts
   * @param perDomain number of experts per domain in one RRE block
   */
  public record Experts(int domains, int perDomain) {
    /** The experts of a dense decoder. */
    public static final Experts NONE = new Experts(0, 0);
  }

  public DecoderShape {
    positive("model.vocabulary", vocabulary);
    positive("model.context", context);
    if (stack.routedBlocks > 0) {
      positive("domains", experts.domains);
      positive("model.expertsPerDomain", experts.perDomain);
      long perBlock = (long) experts.domains * experts.perDomain;
      if (perBlock > Short.MAX_VALUE) {
        throw new UserException(
            "%d domains with model.expertsPerDomain = %d need %d experts a layer; at most %d are possible."
                .formatted(experts.domains, experts.perDomain, perBlock, Short.MAX_VALUE));
      }
    }
  }

  public int width() {
    return sizes.width;
  }

  public int heads() {
    return sizes.heads;
  }

  public int innerWidth() {
    return sizes.innerWidth;
  }

  public int denseBlocks() {
    return stack.denseBlocks;
  }

  public int routedBlocks() {
    return stack.routedBlocks;
  }

  public boolean queryLayer() {
    return stack.queryLayer;
  }

  public int domains() {
    return experts.domains;
  }

  public int expertsPerDomain() {
    return experts.perDomain;
  }

  public int blocks() {
    return stack.denseBlocks + stack.routedBlocks;
  }

  /** Number of experts in one RRE block, over all domains; 0 in a dense decoder. */
  public int expertsPerBlock() {
    return stack.routedBlocks == 0 ? 0 : experts.domains * experts.perDomain;
  }

  /** All sizes in one line, for messages to users. */
  @Override
  public String toString() {
    return "DecoderShape[vocabulary=%d, context=%d, width=%d, heads=%d, innerWidth=%d, denseBlocks=%d, routedBlocks=%d, domains=%d, expertsPerDomain=%d, queryLayer=%s]"
        .formatted(
            vocabulary,
            context,
            width(),
            heads(),
            innerWidth(),
            denseBlocks(),
            routedBlocks(),
            domains(),
            expertsPerDomain(),
            queryLayer());
  }

  private static void positive(String key, int value) {
    if (value <= 0) {
      throw new UserException("%s = %d must be above zero.".formatted(key, value));
    }
  }
}

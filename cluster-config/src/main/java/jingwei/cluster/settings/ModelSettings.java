package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.whole;

import com.typesafe.config.Config;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.DecoderShape.Experts;
import jingwei.model.decoder.DecoderShape.Sizes;
import jingwei.model.decoder.DecoderShape.Stack;
import jingwei.model.routing.RouteMode;

/**
 * Sizes of a model, without its text.
 *
 * @param vocabulary number of tokens of a tokenizer that the run trains
 * @param context tokens per row, which is also the limit of attention
 * @param sizes of one block
 * @param stack numbers of blocks
 * @param expertsPerDomain experts of one domain in one routed block; 0 in a dense model
 * @param domains number of domains to count parameters for if no data is given
 * @param routeMode how token ids are assigned to experts
 */
public record ModelSettings(
    int vocabulary,
    int context,
    Sizes sizes,
    Stack stack,
    int expertsPerDomain,
    int domains,
    RouteMode routeMode) {

  /**
   * The shape of the model.
   *
   * @param tokens vocabulary size of the tokenizer
   * @param domainCount number of domains in the data
   */
  public DecoderShape shape(int tokens, int domainCount) {
    return new DecoderShape(
        tokens, context, sizes, stack, new Experts(domainCount, expertsPerDomain));
  }

  /** The shape with the configured vocabulary and number of domains. */
  public DecoderShape shape() {
    return shape(vocabulary, domains);
  }

  static ModelSettings of(Config config) {
    int routed = whole(config, "model.routedBlocks");
    return new ModelSettings(
        whole(config, "model.vocabulary"),
        whole(config, "model.context"),
        new Sizes(
            whole(config, "model.width"),
            whole(config, "model.heads"),
            whole(config, "model.innerWidth")),
        new Stack(
            whole(config, "model.denseBlocks"), routed, config.getBoolean("model.queryLayer")),
        routed == 0 ? 0 : whole(config, "model.expertsPerDomain"),
        whole(config, "domains"),
        ConfigValues.choice(config, "route.mode", RouteMode.class));
  }
}

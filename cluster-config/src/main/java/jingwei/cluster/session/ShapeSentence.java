package jingwei.cluster.session;

import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;

/** Describes the size of a model in a sentence. */
public final class ShapeSentence {
  private ShapeSentence() {}

  public static String of(DecoderShape shape) {
    ParameterCount count = ParameterCount.of(shape);
    return "model: %s parameters, %s of them active for a token; %d dense and %d routed blocks%s, %s"
        .formatted(
            amount(count.total()),
            amount(count.active()),
            shape.denseBlocks(),
            shape.routedBlocks(),
            shape.queryLayer() ? " and the query layer" : "",
            count.experts() == 0
                ? "no experts"
                : "%d experts of %s".formatted(count.experts(), amount(count.perExpert())));
  }

  /** A count with a unit: 13.1 B, 1.085 T. */
  public static String amount(long count) {
    if (count >= 1_000_000_000_000L) {
      return "%.3f T".formatted(count / 1e12);
    }
    if (count >= 1_000_000_000L) {
      return "%.2f B".formatted(count / 1e9);
    }
    if (count >= 1_000_000L) {
      return "%.2f M".formatted(count / 1e6);
    }
    return Long.toString(count);
  }
}

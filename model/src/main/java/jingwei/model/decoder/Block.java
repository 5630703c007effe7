package jingwei.model.decoder;

import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.DenseFeedForward;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.RoutedFeedForward;

/** One pre-norm block and the layout of the dense weights that its owner holds. */
public sealed interface Block {
  String name();

  ParameterLayout layout();

  CausalAttention attention();

  /** A block of the bottom, shared by all domains. */
  record Dense(
      String name, ParameterLayout layout, CausalAttention attention, DenseFeedForward feedForward)
      implements Block {}

  /**
   * An RRE block; its experts have owners of their own.
   *
   * @param layer index among the RRE blocks, which selects the route table
   */
  record Routed(
      String name,
      int layer,
      ParameterLayout layout,
      CausalAttention attention,
      RoutedFeedForward feedForward)
      implements Block {}
}

package jingwei.model.decoder;

import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.DenseFeedForward;

/**
 * The query layer on top (2104.12369): attention whose queries are learned rows of positions, then
 * a feed-forward.
 */
public record QueryLayer(CausalAttention attention, DenseFeedForward feedForward) {}

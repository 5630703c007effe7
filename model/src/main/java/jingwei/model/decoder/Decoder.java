package jingwei.model.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.CausalAttention.Queries;
import jingwei.model.layer.DenseFeedForward;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.FeedForward;
import jingwei.model.layer.LayerNorm;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.RoutedFeedForward;

/**
 * The layers of a decoder and who owns which weights; no number is in here.
 *
 * <pre>
 *   x = words[token] + positions[position]                            owner embedding
 *   x = x + attention(norm(x));  x = x + feedForward(norm(x))         owners blocks.0 ... (dense)
 *   x = x + attention(norm(x));  x = x + expert[route](norm(x))       owners blocks.M ... (RRE), blocks.M.experts.0 ...
 *   x = norm(x);  query layer                                         owner output
 *   logits = x words^T                                                owner embedding (tied)
 * </pre>
 *
 * The order of the final norm and the query layer is that of PanGu-alpha's build without pipeline
 * (reference notes section 7.2).
 */
public final class Decoder {
  /**
   * Initial deviation of weights (PanGu-alpha code); what writes to the residual stream is divided
   * by sqrt(2 layers).
   */
  private static final double DEVIATION = 0.02;

  private final DecoderShape shape;
  private final Owner embeddingOwner;
  private final Embedding embedding;
  private final List<Block> blocks;
  private final FeedForward expert;
  private final ParameterLayout expertLayout;
  private final Owner outputOwner;
  private final LayerNorm finalNorm;
  private final QueryLayer queryLayer;
  private final List<Owner> owners;
  private final int[] blockOwners;

  public Decoder(DecoderShape shape) {
    this.shape = shape;
    int layers = shape.blocks() + (shape.queryLayer() ? 1 : 0);
    double outputDeviation = DEVIATION / Math.sqrt(2.0 * layers);

    var embeddingLayout = new ParameterLayout.Builder();
    embedding =
        new Embedding(
            embeddingLayout, shape.vocabulary(), shape.context(), shape.width(), DEVIATION);
    embeddingOwner = new Owner("embedding", embeddingLayout.build(), false);

    var oneExpert = new ParameterLayout.Builder();
    expert =
        new FeedForward(
            oneExpert, "", shape.width(), shape.innerWidth(), DEVIATION, outputDeviation);
    expertLayout = oneExpert.build();

    blocks = IntStream.range(0, shape.blocks()).mapToObj(i -> block(i, outputDeviation)).toList();

    var outputLayout = new ParameterLayout.Builder();
    finalNorm = new LayerNorm(outputLayout, "norm", shape.width());
    queryLayer =
        shape.queryLayer()
            ? new QueryLayer(
                attention(outputLayout, Queries.POSITIONS, outputDeviation),
                feedForward(outputLayout, outputDeviation))
            : null;
    outputOwner = new Owner("output", outputLayout.build(), false);
    owners = allOwners();
    blockOwners = new int[blocks.size()];
    for (int i = 0, owner = 1; i < blockOwners.length; i++) {
      blockOwners[i] = owner;
      owner += 1 + (blocks.get(i) instanceof Block.Routed ? shape.expertsPerBlock() : 0);
    }
  }

  public DecoderShape shape() {
    return shape;
  }

  /** Every owner in a fixed order: embedding, blocks each followed by its experts, output. */
  public List<Owner> owners() {
    return owners;
  }

  /** Index of the embedding among the {@link #owners()}. */
  public int embeddingIndex() {
    return 0;
  }

  /** Index of a block among the {@link #owners()}. */
  public int blockIndex(int block) {
    return blockOwners[block];
  }

  /** Index of an expert of a routed block among the {@link #owners()}. */
  public int expertIndex(int block, int expert) {
    return blockOwners[block] + 1 + expert;
  }

  /** Index of the output among the {@link #owners()}. */
  public int outputIndex() {
    return owners.size() - 1;
  }

  public Embedding embedding() {
    return embedding;
  }

  public List<Block> blocks() {
    return blocks;
  }

  /** The layer that every expert is. */
  public FeedForward expert() {
    return expert;
  }

  public ParameterLayout expertLayout() {
    return expertLayout;
  }

  public LayerNorm finalNorm() {
    return finalNorm;
  }

  public Optional<QueryLayer> queryLayer() {
    return Optional.ofNullable(queryLayer);
  }

  public Owner embeddingOwner() {
    return embeddingOwner;
  }

  public Owner outputOwner() {
    return outputOwner;
  }

  /** Full name of an expert. */
  public static String expertName(String block, int expert) {
    return block + ".experts." + expert;
  }

  private Block block(int i, double outputDeviation) {
    var layout = new ParameterLayout.Builder();
    CausalAttention attention = attention(layout, Queries.TOKENS, outputDeviation);
    String name = "blocks." + i;
    if (i < shape.denseBlocks()) {
      DenseFeedForward feedForward = feedForward(layout, outputDeviation);
      return new Block.Dense(name, layout.build(), attention, feedForward);
    }
    RoutedFeedForward routed = new RoutedFeedForward(layout, shape.width());
    return new Block.Routed(name, i - shape.denseBlocks(), layout.build(), attention, routed);
  }

  private CausalAttention attention(
      ParameterLayout.Builder layout, Queries queries, double outputDeviation) {
    return new CausalAttention(
        layout, shape.width(), shape.heads(), queries, shape.context(), DEVIATION, outputDeviation);
  }

  private DenseFeedForward feedForward(ParameterLayout.Builder layout, double outputDeviation) {
    return new DenseFeedForward(
        layout, shape.width(), shape.innerWidth(), DEVIATION, outputDeviation);
  }

  private List<Owner> allOwners() {
    List<Owner> all = new ArrayList<>();
    all.add(embeddingOwner);
    for (Block block : blocks) {
      all.add(new Owner(block.name(), block.layout(), false));
      if (block instanceof Block.Routed) {
        for (int e = 0; e < shape.expertsPerBlock(); e++) {
          all.add(new Owner(expertName(block.name(), e), expertLayout, true));
        }
      }
    }
    all.add(outputOwner);
    return List.copyOf(all);
  }
}

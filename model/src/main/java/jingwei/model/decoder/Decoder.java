package jingwei.model.decoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
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
 * The stages of a decoder and the owners of its weights; it holds no values.
 *
 * <pre>
 *   x = words[token] + positions[position]                            owner embedding
 *   x = x + attention(norm(x));  x = x + feedForward(norm(x))         owners blocks.0 ... (dense)
 *   x = x + attention(norm(x));  x = x + expert[route](norm(x))       owners blocks.M ... (RRE), blocks.M.experts.0 ...
 *   x = norm(x);  query layer                                         owner output
 *   logits = x words^T                                                owner embedding (tied)
 * </pre>
 *
 * The order of the final norm and the query layer follows PanGu-alpha's build without pipeline
 * (reference notes section 7.2).
 */
public final class Decoder {
  /**
   * Initial standard deviation of weights (PanGu-alpha code). In layers that write to the residual
   * stream it is divided by sqrt(2 layers).
   */
  private static final double DEVIATION = 0.02;

  private final DecoderShape shape;
  private final double outputDeviation;
  private final Embedding embedding;
  private final FeedForward expert;
  private final ParameterLayout expertLayout;
  private final List<Stage> stages = new ArrayList<>();
  private final List<Owner> owners = new ArrayList<>();
  private final int[] stageOwners;
  private final int[] routedStages;

  public Decoder(DecoderShape shape) {
    this.shape = shape;
    int layers = shape.blocks() + (shape.queryLayer() ? 1 : 0);
    outputDeviation = DEVIATION / Math.sqrt(2.0 * layers);

    var oneExpert = new ParameterLayout.Builder();
    expert =
        new FeedForward(
            oneExpert, "", shape.width(), shape.innerWidth(), DEVIATION, outputDeviation);
    expertLayout = oneExpert.build();

    var embeddingLayout = new ParameterLayout.Builder();
    embedding =
        new Embedding(
            embeddingLayout, shape.vocabulary(), shape.context(), shape.width(), DEVIATION);
    stages.add(
        new EmbeddingStage(
            new Owner("embedding", embeddingLayout.build(), false), embedding, shape.width()));
    for (int i = 0; i < shape.denseBlocks(); i++) {
      stages.add(denseBlock("blocks." + i));
    }
    for (int layer = 0; layer < shape.routedBlocks(); layer++) {
      stages.add(routedBlock("blocks." + (shape.denseBlocks() + layer), layer));
    }
    stages.add(outputStage());

    stageOwners = new int[stages.size()];
    for (int i = 0; i < stageOwners.length; i++) {
      stageOwners[i] = owners.size();
      owners.add(stages.get(i).owner());
      owners.addAll(stages.get(i).experts());
    }
    routedStages =
        IntStream.range(0, stages.size()).filter(i -> stages.get(i).layer().isPresent()).toArray();
  }

  public DecoderShape shape() {
    return shape;
  }

  /** Embedding, blocks and output, in the order of a micro-batch's forward. */
  public List<Stage> stages() {
    return Collections.unmodifiableList(stages);
  }

  /** Every owner in a fixed order: the owner of each stage, followed by the stage's experts. */
  public List<Owner> owners() {
    return Collections.unmodifiableList(owners);
  }

  /** Index of a stage's owner among the {@link #owners()}. */
  public int ownerOf(int stage) {
    return stageOwners[stage];
  }

  /**
   * Index of the stage whose dense weights an owner holds.
   *
   * @throws IllegalArgumentException if the owner is an expert
   */
  public int stageOf(int owner) {
    int stage = Arrays.binarySearch(stageOwners, owner);
    if (stage < 0) {
      throw new IllegalArgumentException("owner=%d is an expert".formatted(owner));
    }
    return stage;
  }

  /** Index of a stage's expert among the {@link #owners()}. */
  public int ownerOf(int stage, int expertOfStage) {
    return stageOwners[stage] + 1 + expertOfStage;
  }

  /** Index of the embedding's owner, whose word table the head shares. */
  public int embeddingOwner() {
    return stageOwners[0];
  }

  /** Index of the stage that routes by an RRE layer's table. */
  public int stageOfLayer(int layer) {
    return routedStages[layer];
  }

  /** The layer at both ends: embedding and head. */
  public Embedding embedding() {
    return embedding;
  }

  /** The parameter layout that all experts share. */
  public ParameterLayout expertLayout() {
    return expertLayout;
  }

  private Stage denseBlock(String name) {
    var layout = new ParameterLayout.Builder();
    DenseLayers layers = denseLayers(layout, Queries.TOKENS);
    return new DenseBlock(new Owner(name, layout.build(), false), layers);
  }

  private Stage routedBlock(String name, int layer) {
    var layout = new ParameterLayout.Builder();
    CausalAttention attention = attention(layout, Queries.TOKENS);
    RoutedFeedForward feedForward = new RoutedFeedForward(layout, shape.width());
    List<Owner> experts =
        IntStream.range(0, shape.expertsPerBlock())
            .mapToObj(e -> new Owner(name + ".experts." + e, expertLayout, true))
            .toList();
    Owner owner = new Owner(name, layout.build(), false);
    return new RoutedBlock(
        owner, layer, attention, feedForward, experts, expert, shape.innerWidth());
  }

  private Stage outputStage() {
    var layout = new ParameterLayout.Builder();
    LayerNorm norm = new LayerNorm(layout, "norm", shape.width());
    DenseLayers query = shape.queryLayer() ? denseLayers(layout, Queries.POSITIONS) : null;
    return new OutputStage(new Owner("output", layout.build(), false), shape.width(), norm, query);
  }

  private DenseLayers denseLayers(ParameterLayout.Builder layout, Queries queries) {
    CausalAttention attention = attention(layout, queries);
    return new DenseLayers(
        attention,
        new DenseFeedForward(
            layout, shape.width(), shape.innerWidth(), DEVIATION, outputDeviation));
  }

  private CausalAttention attention(ParameterLayout.Builder layout, Queries queries) {
    return new CausalAttention(
        layout, shape.width(), shape.heads(), queries, shape.context(), DEVIATION, outputDeviation);
  }
}

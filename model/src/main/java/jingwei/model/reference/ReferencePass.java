package jingwei.model.reference;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Block;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.QueryLayer;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.CausalAttention;
import jingwei.model.layer.DenseFeedForward;
import jingwei.model.layer.Embedding;
import jingwei.model.layer.FeedForward;
import jingwei.model.layer.FeedForwardScratch;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RoutedFeedForward;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * Forward and backward of one micro-batch through a resident model, with the activations that the
 * backward needs.
 */
final class ReferencePass {
  private final ReferenceModel model;
  private final Kernels kernels;
  private final Embedding.Logits logits;
  private final RowBuffer embedded;
  private final List<BlockBuffers> blocks = new ArrayList<>();
  private final RowBuffer normStatistics;
  private final RowBuffer normed;
  private final BlockBuffers query;
  private final RowBuffer gradient;
  private final RowBuffer normGradient;
  private final CausalAttention.Scratch attentionScratch;
  private final FeedForwardScratch feedForwardScratch;
  private final Map<String, Integer> ownerIndex = new HashMap<>();

  /** Activations of one block: both halves, and the residual stream after each of them. */
  private record BlockBuffers(
      CausalAttention.Activations attention,
      RowBuffer middle,
      DenseFeedForward.Activations dense,
      RoutedFeedForward.Activations routed,
      FeedForward.Buffers experts,
      RowBuffer output) {}

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  ReferencePass(ReferenceModel model, Kernels kernels, int maxTokens, NativeMemory memory) {
    this.model = model;
    this.kernels = kernels;
    Decoder decoder = model.decoder();
    DecoderShape shape = decoder.shape();
    ElementType type = model.type();
    int width = shape.width();
    logits = decoder.embedding().newLogits(type, maxTokens, memory);
    embedded = new RowBuffer(type, maxTokens, width, memory);
    for (Block block : decoder.blocks()) {
      blocks.add(
          switch (block) {
            case Block.Dense dense ->
                new BlockBuffers(
                    dense.attention().newActivations(type, maxTokens, memory),
                    new RowBuffer(type, maxTokens, width, memory),
                    dense.feedForward().newActivations(type, maxTokens, memory),
                    null,
                    null,
                    new RowBuffer(type, maxTokens, width, memory));
            case Block.Routed routed ->
                new BlockBuffers(
                    routed.attention().newActivations(type, maxTokens, memory),
                    new RowBuffer(type, maxTokens, width, memory),
                    null,
                    routed.feedForward().newActivations(type, maxTokens, memory),
                    new FeedForward.Buffers(type, maxTokens, shape.innerWidth(), memory),
                    new RowBuffer(type, maxTokens, width, memory));
          });
    }
    normStatistics = new RowBuffer(type, maxTokens, 2, memory);
    normed = new RowBuffer(type, maxTokens, width, memory);
    query =
        decoder
            .queryLayer()
            .map(
                layer ->
                    new BlockBuffers(
                        layer.attention().newActivations(type, maxTokens, memory),
                        new RowBuffer(type, maxTokens, width, memory),
                        layer.feedForward().newActivations(type, maxTokens, memory),
                        null,
                        null,
                        new RowBuffer(type, maxTokens, width, memory)))
            .orElse(null);
    gradient = new RowBuffer(type, maxTokens, width, memory);
    normGradient = new RowBuffer(type, maxTokens, width, memory);
    attentionScratch = new CausalAttention.Scratch(type, maxTokens, width, memory);
    feedForwardScratch = new FeedForwardScratch(type, maxTokens, width, shape.innerWidth(), memory);
    for (int i = 0; i < decoder.owners().size(); i++) {
      ownerIndex.put(decoder.owners().get(i).name(), i);
    }
  }

  /** Route plans of a micro-batch, one for each RRE block. */
  List<RoutePlan> plans(MicroBatch batch) {
    return model.routes().stream()
        .map(table -> RoutePlan.of(table, batch.tokens(), batch.domains()))
        .toList();
  }

  /** Runs the model up to the head; returns what the head reads, [N, D]. */
  Matrix forward(MicroBatch batch, List<RoutePlan> plans) {
    Decoder decoder = model.decoder();
    int n = batch.numTokens();
    Matrix x = embedded.rows(n);
    decoder
        .embedding()
        .forward(
            kernels,
            weights(decoder.embeddingOwner().name()),
            batch.tokens(),
            batch.positions(),
            x);
    for (int i = 0; i < blocks.size(); i++) {
      Block block = decoder.blocks().get(i);
      BlockBuffers buffers = blocks.get(i);
      ParameterSet weights = weights(block.name());
      Matrix middle = buffers.middle.rows(n);
      block
          .attention()
          .forward(
              kernels, weights, buffers.attention, batch.positions(), batch.segments(), x, middle);
      Matrix output = buffers.output.rows(n);
      switch (block) {
        case Block.Dense dense ->
            dense.feedForward().forward(kernels, weights, buffers.dense, middle, output);
        case Block.Routed routed ->
            forwardExperts(routed, weights, buffers, plans.get(routed.layer()), middle, output);
      }
      x = output;
    }
    ParameterSet weights = weights(decoder.outputOwner().name());
    Matrix norm = normed.rows(n);
    decoder.finalNorm().forward(kernels, weights, x, norm, normStatistics.rows(n));
    if (query == null) {
      return norm;
    }
    QueryLayer layer = decoder.queryLayer().orElseThrow();
    Matrix middle = query.middle.rows(n);
    layer
        .attention()
        .forward(
            kernels, weights, query.attention, batch.positions(), batch.segments(), norm, middle);
    Matrix output = query.output.rows(n);
    layer.feedForward().forward(kernels, weights, query.dense, middle, output);
    return output;
  }

  /** Losses of a micro-batch in nats, one a token, without gradients. */
  void losses(MicroBatch batch, double[] losses) {
    Matrix x = forward(batch, plans(batch));
    Decoder decoder = model.decoder();
    decoder
        .embedding()
        .losses(
            kernels, weights(decoder.embeddingOwner().name()), logits, x, batch.targets(), losses);
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  Matrix lastLogits(MicroBatch batch) {
    Matrix x = forward(batch, plans(batch));
    Decoder decoder = model.decoder();
    return decoder
        .embedding()
        .logits(
            kernels,
            weights(decoder.embeddingOwner().name()),
            logits,
            x.rows(x.rows() - 1, x.rows()));
  }

  /**
   * Forward, loss and backward.
   *
   * @param scale of the gradient: 1 / target tokens of the step
   * @param losses receives the loss of each token in nats
   */
  void lossAndGradient(
      MicroBatch batch,
      List<RoutePlan> plans,
      GradientPool gradients,
      double scale,
      double[] losses) {
    Decoder decoder = model.decoder();
    int n = batch.numTokens();
    Matrix head = forward(batch, plans);
    Matrix d = gradient.rows(n);
    String embeddingName = decoder.embeddingOwner().name();
    Gradients embeddingGradients = gradients.of(ownerIndex.get(embeddingName));
    decoder
        .embedding()
        .lossAndGradient(
            kernels,
            weights(embeddingName),
            embeddingGradients,
            logits,
            head,
            batch.targets(),
            scale,
            losses,
            d);
    d = backwardOutput(batch, gradients, d);
    for (int i = blocks.size() - 1; i >= 0; i--) {
      Matrix x = i == 0 ? embedded.rows(n) : blocks.get(i - 1).output.rows(n);
      backwardBlock(batch, plans, gradients, decoder.blocks().get(i), blocks.get(i), x, d);
    }
    decoder.embedding().backward(kernels, embeddingGradients, batch.tokens(), batch.positions(), d);
    embeddingGradients.markStarted();
  }

  private Matrix backwardOutput(MicroBatch batch, GradientPool gradients, Matrix d) {
    Decoder decoder = model.decoder();
    int n = batch.numTokens();
    String name = decoder.outputOwner().name();
    ParameterSet weights = weights(name);
    Gradients own = gradients.of(ownerIndex.get(name));
    if (query != null) {
      QueryLayer layer = decoder.queryLayer().orElseThrow();
      layer
          .feedForward()
          .backward(
              kernels, weights, own, query.dense, query.middle.rows(n), d, feedForwardScratch);
      layer
          .attention()
          .backward(
              kernels,
              weights,
              own,
              query.attention,
              batch.positions(),
              batch.segments(),
              normed.rows(n),
              d,
              attentionScratch);
    }
    Matrix x = blocks.getLast().output.rows(n);
    Matrix dx = normGradient.rows(n);
    decoder
        .finalNorm()
        .backwardInto(kernels, weights, own, x, normStatistics.rows(n), d, dx, false);
    own.markStarted();
    return dx;
  }

  private void backwardBlock(
      MicroBatch batch,
      List<RoutePlan> plans,
      GradientPool gradients,
      Block block,
      BlockBuffers buffers,
      Matrix x,
      Matrix d) {
    int n = batch.numTokens();
    ParameterSet weights = weights(block.name());
    Gradients own = gradients.of(ownerIndex.get(block.name()));
    Matrix middle = buffers.middle.rows(n);
    switch (block) {
      case Block.Dense dense ->
          dense
              .feedForward()
              .backward(kernels, weights, own, buffers.dense, middle, d, feedForwardScratch);
      case Block.Routed routed ->
          backwardExperts(
              routed, weights, own, buffers, plans.get(routed.layer()), gradients, middle, d);
    }
    block
        .attention()
        .backward(
            kernels,
            weights,
            own,
            buffers.attention,
            batch.positions(),
            batch.segments(),
            x,
            d,
            attentionScratch);
    own.markStarted();
  }

  private void forwardExperts(
      Block.Routed block,
      ParameterSet weights,
      BlockBuffers buffers,
      RoutePlan plan,
      Matrix x,
      Matrix y) {
    int n = x.rows();
    block.feedForward().dispatch(kernels, weights, buffers.routed, plan, x);
    Matrix sorted = buffers.routed.sorted(n);
    Matrix sortedOutput = buffers.routed.sortedOutput(n);
    FeedForward.Activations inner = buffers.experts.rows(n);
    for (int i = 0; i < plan.numActive(); i++) {
      int from = plan.from(i);
      int to = plan.to(i);
      ParameterSet expertWeights = weights(Decoder.expertName(block.name(), plan.expert(i)));
      model
          .decoder()
          .expert()
          .forward(
              kernels,
              expertWeights,
              sorted.rows(from, to),
              inner.rows(from, to),
              sortedOutput.rows(from, to));
    }
    block.feedForward().combine(kernels, buffers.routed, plan, x, y);
  }

  private void backwardExperts(
      Block.Routed block,
      ParameterSet weights,
      Gradients own,
      BlockBuffers buffers,
      RoutePlan plan,
      GradientPool gradients,
      Matrix x,
      Matrix d) {
    int n = x.rows();
    block.feedForward().dispatchGradient(kernels, plan, d, feedForwardScratch);
    Matrix sorted = buffers.routed.sorted(n);
    Matrix dSortedOutput = feedForwardScratch.dSortedOutput(n);
    Matrix dSorted = feedForwardScratch.dSorted(n);
    Matrix dInner = feedForwardScratch.dInner(n);
    FeedForward.Activations inner = buffers.experts.rows(n);
    for (int i = 0; i < plan.numActive(); i++) {
      int from = plan.from(i);
      int to = plan.to(i);
      String name = Decoder.expertName(block.name(), plan.expert(i));
      Gradients expertGradients = gradients.of(ownerIndex.get(name));
      model
          .decoder()
          .expert()
          .backward(
              kernels,
              weights(name),
              expertGradients,
              sorted.rows(from, to),
              inner.rows(from, to),
              dSortedOutput.rows(from, to),
              dInner.rows(from, to),
              dSorted.rows(from, to));
      expertGradients.markStarted();
    }
    block
        .feedForward()
        .combineGradient(kernels, weights, own, buffers.routed, plan, x, d, feedForwardScratch);
  }

  private ParameterSet weights(String owner) {
    return model.state(owner).weights();
  }
}

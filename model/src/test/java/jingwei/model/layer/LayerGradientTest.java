package jingwei.model.layer;

import java.util.function.Consumer;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Matrices;
import jingwei.model.kernel.Nd4jKernels;
import jingwei.model.kernel.Segments;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Checks every layer's backward against central differences. The loss is the sum of the outputs
 * with random factors, so the gradient of the output is those factors.
 */
class LayerGradientTest {
  private static final ElementType TYPE = ElementType.FLOAT64;
  private static final int TOKENS = 6;
  private static final int WIDTH = 4;
  private static final int INNER = 5;
  private static final int[] POSITIONS = {0, 1, 2, 3, 0, 1};
  private static final Segments SEGMENTS = Segments.of(new int[] {0, 4, 6});

  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Matrices matrices = new Matrices(memory, 3);
  private final Kernels kernels = new Nd4jKernels();
  private final ParameterLayout.Builder builder = new ParameterLayout.Builder();
  private final Matrix x = matrices.random(TYPE, TOKENS, WIDTH);
  private final Matrix y = matrices.random(TYPE, TOKENS, WIDTH);
  private final Matrix dx = matrices.random(TYPE, TOKENS, WIDTH);
  private final Matrix factors = matrices.random(TYPE, TOKENS, WIDTH);

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void linear() {
    Linear linear = new Linear(builder, "linear", WIDTH, WIDTH, 0.5);
    check(
        weights -> linear.forward(kernels, weights, x, y),
        (weights, gradients) -> {
          linear.inputGradient(kernels, weights, factors, dx);
          linear.weightGradients(kernels, gradients.values(), x, factors, gradients.isStarted());
        });
  }

  @Test
  void layerNorm() {
    LayerNorm norm = new LayerNorm(builder, "norm", WIDTH);
    Matrix statistics = matrices.random(TYPE, TOKENS, 2);
    check(
        weights -> norm.forward(kernels, weights, x, y, statistics),
        (weights, gradients) ->
            norm.backwardInto(kernels, weights, gradients, x, statistics, factors, dx, false));
  }

  @Test
  void feedForward() {
    FeedForward feedForward = new FeedForward(builder, "", WIDTH, INNER, 0.5, 0.5);
    FeedForward.Activations activations =
        new FeedForward.Buffers(TYPE, TOKENS, INNER, memory).rows(TOKENS);
    Matrix dInner = matrices.random(TYPE, TOKENS, INNER);
    check(
        weights -> feedForward.forward(kernels, weights, x, activations, y),
        (weights, gradients) ->
            feedForward.backward(kernels, weights, gradients, x, activations, factors, dInner, dx));
  }

  @ParameterizedTest
  @EnumSource(CausalAttention.Queries.class)
  void causalAttention(CausalAttention.Queries queries) {
    CausalAttention attention = new CausalAttention(builder, WIDTH, 2, queries, 4, 0.5, 0.5);
    CausalAttention.Activations activations = attention.newActivations(TYPE, TOKENS, memory);
    CausalAttention.Scratch scratch = new CausalAttention.Scratch(TYPE, TOKENS, WIDTH, memory);
    check(
        weights -> attention.forward(kernels, weights, activations, POSITIONS, SEGMENTS, x, y),
        (weights, gradients) -> {
          kernels.copy(factors, dx);
          attention.inputGradient(
              kernels, weights, gradients, activations, POSITIONS, SEGMENTS, x, y, dx, scratch);
          attention.weightGradients(kernels, gradients, activations, y);
        });
  }

  @Test
  void denseFeedForward() {
    DenseFeedForward half = new DenseFeedForward(builder, WIDTH, INNER, 0.5, 0.5);
    DenseFeedForward.Activations activations = half.newActivations(TYPE, TOKENS, memory);
    FeedForwardScratch scratch = new FeedForwardScratch(TYPE, TOKENS, WIDTH, INNER, memory);
    check(
        weights -> half.forward(kernels, weights, activations, x, y),
        (weights, gradients) -> {
          kernels.copy(factors, dx);
          half.inputGradient(kernels, weights, gradients, activations, x, y, dx, scratch);
          half.weightGradients(kernels, gradients, activations, y);
        });
  }

  /**
   * The weights of all experts are in one layout here, so that the check reaches them; their order
   * in it does not matter.
   */
  @Test
  void routedFeedForward() {
    RoutedFeedForward half = new RoutedFeedForward(builder, WIDTH);
    ParameterLayout.Builder expertBuilder = new ParameterLayout.Builder();
    FeedForward expert = new FeedForward(expertBuilder, "", WIDTH, INNER, 0.5, 0.5);
    ParameterLayout expertLayout = expertBuilder.build();
    RouteTable table = RouteTable.draw(RouteMode.PERMUTE, 5, 0, 2, 2, 6, null);
    RoutePlan plan =
        RoutePlan.of(table, new int[] {0, 1, 2, 3, 4, 5}, new int[] {0, 0, 0, 1, 1, 0});
    RoutedFeedForward.Activations activations = half.newActivations(TYPE, TOKENS, memory);
    FeedForward.Activations inner =
        new FeedForward.Buffers(TYPE, TOKENS, INNER, memory).rows(TOKENS);
    FeedForwardScratch scratch = new FeedForwardScratch(TYPE, TOKENS, WIDTH, INNER, memory);
    ParameterSet[] weights = new ParameterSet[4];
    Gradients[] gradients = new Gradients[4];
    for (int e = 0; e < 4; e++) {
      weights[e] = new ParameterSet(expertLayout, TYPE, memory);
      weights[e].initialise(11, "experts." + e);
      gradients[e] = new Gradients(expertLayout, TYPE, memory);
    }
    Consumer<ParameterSet> forward =
        own -> {
          half.dispatch(kernels, own, activations, plan, x);
          for (int i = 0; i < plan.numActive(); i++) {
            int from = plan.from(i);
            int to = plan.to(i);
            Matrix in = activations.sorted(TOKENS).rows(from, to);
            Matrix out = activations.exchanged(TOKENS).rows(from, to);
            expert.forward(kernels, weights[plan.expert(i)], in, inner.rows(from, to), out);
          }
          half.combine(kernels, activations, plan, x, y);
        };
    ParameterSet own =
        check(
            forward,
            (own1, ownGradients) -> {
              kernels.copy(factors, dx);
              half.dispatchGradient(kernels, activations, plan, dx);
              for (int i = 0; i < plan.numActive(); i++) {
                int from = plan.from(i);
                int to = plan.to(i);
                Matrix exchanged = activations.exchanged(TOKENS).rows(from, to);
                expert.backward(
                    kernels,
                    weights[plan.expert(i)],
                    gradients[plan.expert(i)],
                    activations.sorted(TOKENS).rows(from, to),
                    inner.rows(from, to),
                    exchanged,
                    scratch.dInner(TOKENS).rows(from, to),
                    exchanged);
              }
              half.combineGradient(kernels, own1, ownGradients, activations, plan, x, dx, scratch);
            });
    for (int i = 0; i < plan.numActive(); i++) {
      int e = plan.expert(i);
      GradientCheck.check(
          "expert " + e, weights[e].flat(), gradients[e].values().flat(), () -> loss(forward, own));
    }
  }

  @Test
  void embeddingAndTiedHead() {
    Embedding embedding = new Embedding(builder, 7, 4, WIDTH, 0.5);
    Embedding.Logits logits = embedding.newLogits(TYPE, TOKENS, memory);
    ParameterLayout layout = builder.build();
    ParameterSet weights = new ParameterSet(layout, TYPE, memory);
    weights.initialise(1, "embedding");
    Gradients gradients = new Gradients(layout, TYPE, memory);
    int[] tokens = {3, 1, 3, 0, 6, 2};
    int[] targets = {1, 3, -1, 6, 2, 2};
    double[] losses = new double[TOKENS];
    embedding.forward(kernels, weights, tokens, POSITIONS, x);
    embedding.lossAndGradient(kernels, weights, gradients, logits, x, targets, 0.2, losses, dx);
    embedding.backward(kernels, gradients, tokens, POSITIONS, dx, true);
    GradientCheck.check(
        "embedding",
        weights.flat(),
        gradients.values().flat(),
        () -> {
          embedding.forward(kernels, weights, tokens, POSITIONS, x);
          embedding.losses(kernels, weights, logits, x, targets, losses);
          double sum = 0;
          for (double loss : losses) {
            sum += 0.2 * loss;
          }
          return sum;
        });
  }

  private interface Backward {
    void run(ParameterSet weights, Gradients gradients);
  }

  private ParameterSet check(Consumer<ParameterSet> forward, Backward backward) {
    ParameterLayout layout = builder.build();
    ParameterSet weights = new ParameterSet(layout, TYPE, memory);
    weights.initialise(1, "layer");
    Gradients gradients = new Gradients(layout, TYPE, memory);
    forward.accept(weights);
    backward.run(weights, gradients);
    GradientCheck.check("input", x, dx, () -> loss(forward, weights));
    for (int i = 0; i < layout.parameters().size(); i++) {
      String name = layout.parameters().get(i).name();
      GradientCheck.check(
          name, weights.get(i), gradients.values().get(i), () -> loss(forward, weights));
    }
    return weights;
  }

  private double loss(Consumer<ParameterSet> forward, ParameterSet weights) {
    forward.accept(weights);
    return y.nd4j().mul(factors.nd4j()).sumNumber().doubleValue();
  }
}

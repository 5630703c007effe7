package jingwei.model.layer;

import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Segments;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * The attention half of a pre-norm block: y = x + W_o attention(q, k, v) within each segment. Keys
 * and values come from LayerNorm(x).
 *
 * <p>Queries also come from LayerNorm(x). In the query layer of PanGu-alpha (2104.12369 section
 * 2.2) they come from a learned row for each position instead, which is not normalised.
 */
public final class CausalAttention {
  /** Where queries come from. */
  public enum Queries {
    TOKENS,
    POSITIONS
  }

  private final int width;
  private final int heads;
  private final Queries queries;
  private final LayerNorm norm;
  private final Linear queryKeyValue;
  private final Linear query;
  private final int positions;
  private final Linear output;

  /**
   * @param maxPositions rows of the position table of a query layer
   * @param outputDeviation initial deviation of the projection that writes to the residual stream
   */
  public CausalAttention(
      ParameterLayout.Builder layout,
      int width,
      int heads,
      Queries queries,
      int maxPositions,
      double deviation,
      double outputDeviation) {
    this.width = width;
    this.heads = heads;
    this.queries = queries;
    norm = new LayerNorm(layout, "attention.norm", width);
    switch (queries) {
      case TOKENS -> {
        queryKeyValue = new Linear(layout, "attention.queryKeyValue", width, 3 * width, deviation);
        query = null;
        positions = -1;
      }
      case POSITIONS -> {
        queryKeyValue = new Linear(layout, "attention.keyValue", width, 2 * width, deviation);
        query = new Linear(layout, "attention.query", width, width, deviation);
        positions = layout.weight("attention.positions", maxPositions, width, deviation);
      }
      default -> throw new AssertionError(queries);
    }
    output = new Linear(layout, "attention.output", width, width, outputDeviation);
  }

  /** Activations that the backward needs, for up to a fixed number of tokens. */
  public static final class Activations {
    final RowBuffer statistics;
    final RowBuffer normed;
    final RowBuffer positionRows;
    final RowBuffer projected;
    final RowBuffer mixed;
    final RowBuffer logSumExp;

    Activations(
        ElementType type,
        int maxTokens,
        int width,
        int heads,
        Queries queries,
        NativeMemory memory) {
      statistics = new RowBuffer(type, maxTokens, 2, memory);
      normed = new RowBuffer(type, maxTokens, width, memory);
      positionRows =
          queries == Queries.POSITIONS ? new RowBuffer(type, maxTokens, width, memory) : null;
      projected = new RowBuffer(type, maxTokens, 3 * width, memory);
      mixed = new RowBuffer(type, maxTokens, width, memory);
      logSumExp = new RowBuffer(type, maxTokens, heads, memory);
    }
  }

  /** Intermediate gradients, needed only during one backward. */
  public static final class Scratch {
    private final RowBuffer dRows;
    private final RowBuffer dProjected;

    public Scratch(ElementType type, int maxTokens, int width, NativeMemory memory) {
      dRows = new RowBuffer(type, maxTokens, width, memory);
      dProjected = new RowBuffer(type, maxTokens, 3 * width, memory);
    }
  }

  /** Features of a token. */
  public int width() {
    return width;
  }

  public Activations newActivations(ElementType type, int maxTokens, NativeMemory memory) {
    return new Activations(type, maxTokens, width, heads, queries, memory);
  }

  /**
   * @param tokenPositions position of each token within its segment, [N]
   * @param segments of the tokens
   * @param x [N, D]
   * @param y [N, D]
   */
  public void forward(
      Kernels kernels,
      ParameterSet weights,
      Activations activations,
      int[] tokenPositions,
      Segments segments,
      Matrix x,
      Matrix y) {
    int n = x.rows();
    Matrix normed = activations.normed.rows(n);
    Matrix projected = activations.projected.rows(n);
    norm.forward(kernels, weights, x, normed, activations.statistics.rows(n));
    if (queries == Queries.TOKENS) {
      queryKeyValue.forward(kernels, weights, normed, projected);
    } else {
      Matrix rows = activations.positionRows.rows(n);
      kernels.gatherRows(weights.get(positions), tokenPositions, 0, rows);
      query.forward(kernels, weights, rows, part(projected, 0, 1));
      queryKeyValue.forward(kernels, weights, normed, part(projected, 1, 3));
    }
    Matrix mixed = activations.mixed.rows(n);
    kernels.attention(
        part(projected, 0, 1),
        part(projected, 1, 2),
        part(projected, 2, 3),
        segments,
        heads,
        mixed,
        activations.logSumExp.rows(n));
    output.forward(kernels, weights, mixed, x, y);
  }

  /**
   * Computes the gradient of x and adds to the gradients of the norm and of the positions.
   * Overwrites activations that are no longer read with values that {@link #weightGradients} needs.
   *
   * @param y the output of the forward, [N, D]; replaced by its gradient
   * @param gradient the gradient of y; replaced by that of x, [N, D]
   */
  public void inputGradient(
      Kernels kernels,
      ParameterSet weights,
      Gradients gradients,
      Activations activations,
      int[] tokenPositions,
      Segments segments,
      Matrix x,
      Matrix y,
      Matrix gradient,
      Scratch scratch) {
    int n = x.rows();
    Matrix projected = activations.projected.rows(n);
    Matrix dProjected = scratch.dProjected.rows(n);
    Matrix dRows = scratch.dRows.rows(n);
    Matrix mixed = activations.mixed.rows(n);
    kernels.copy(gradient, y);
    output.inputGradient(kernels, weights, gradient, dRows);
    kernels.attentionBackward(
        part(projected, 0, 1),
        part(projected, 1, 2),
        part(projected, 2, 3),
        segments,
        heads,
        mixed,
        activations.logSumExp.rows(n),
        dRows,
        part(dProjected, 0, 1),
        part(dProjected, 1, 2),
        part(dProjected, 2, 3));
    kernels.copy(dProjected, projected);
    if (queries == Queries.TOKENS) {
      queryKeyValue.inputGradient(kernels, weights, dProjected, dRows);
    } else {
      query.inputGradient(kernels, weights, part(dProjected, 0, 1), dRows);
      Matrix dPositions = gradients.values().get(positions);
      if (!gradients.isStarted()) {
        kernels.fill(dPositions, 0);
      }
      kernels.scatterAddRows(dRows, tokenPositions, 0, dPositions);
      queryKeyValue.inputGradient(kernels, weights, part(dProjected, 1, 3), dRows);
    }
    norm.backwardInto(
        kernels, weights, gradients, x, activations.statistics.rows(n), dRows, gradient, true);
  }

  /**
   * Adds to the gradients of the linear layers; may run any time after {@link #inputGradient}.
   *
   * @param dy the gradient that {@link #inputGradient} wrote to y, [N, D]
   */
  public void weightGradients(
      Kernels kernels, Gradients gradients, Activations activations, Matrix dy) {
    int n = dy.rows();
    ParameterSet sums = gradients.values();
    boolean accumulate = gradients.areLinearsStarted();
    Matrix dProjected = activations.projected.rows(n);
    Matrix normed = activations.normed.rows(n);
    output.weightGradients(kernels, sums, activations.mixed.rows(n), dy, accumulate);
    if (queries == Queries.TOKENS) {
      queryKeyValue.weightGradients(kernels, sums, normed, dProjected, accumulate);
    } else {
      Matrix rows = activations.positionRows.rows(n);
      query.weightGradients(kernels, sums, rows, part(dProjected, 0, 1), accumulate);
      queryKeyValue.weightGradients(kernels, sums, normed, part(dProjected, 1, 3), accumulate);
    }
  }

  /** Columns of the query (0), key (1) and value (2) in their joint buffer. */
  private Matrix part(Matrix projected, int from, int to) {
    return projected.columns(from * width, to * width);
  }
}

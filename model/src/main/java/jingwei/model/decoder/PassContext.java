package jingwei.model.decoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import jingwei.model.data.MicroBatch;
import jingwei.model.kernel.Segments;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/**
 * What the stages share for one micro-batch in flight: the micro-batch, its routes, and the
 * gradient that the backward passes down.
 */
public final class PassContext {
  final ElementType type;
  final int maxTokens;
  final NativeMemory memory;
  final boolean recomputes;

  /** Gradient of the head's input, [N, D]. */
  final RowBuffer headGradient;

  /** Gradient of the current block's output; the block replaces it by that of its input. */
  final RowBuffer gradient;

  private final Map<Class<?>, Object> shared = new HashMap<>();
  private MicroBatch microBatch;
  private Segments segments;
  private List<RoutePlan> plans = List.of();

  PassContext(
      DecoderShape shape,
      ElementType type,
      int maxTokens,
      boolean recomputes,
      NativeMemory memory) {
    this.type = type;
    this.maxTokens = maxTokens;
    this.recomputes = recomputes;
    this.memory = memory;
    headGradient = rows(shape.width());
    gradient = rows(shape.width());
  }

  /** A buffer for rows with this number of columns. */
  RowBuffer rows(int columns) {
    return new RowBuffer(type, maxTokens, columns, memory);
  }

  /**
   * The inner activations of a block. If activations are recomputed (Chen et al. 2016), blocks of
   * one kind share one set.
   */
  <T> T inner(Class<T> kind, Supplier<T> make) {
    return recomputes ? kind.cast(shared.computeIfAbsent(kind, k -> make.get())) : make.get();
  }

  void begin(MicroBatch newMicroBatch, List<RoutePlan> newPlans) {
    microBatch = newMicroBatch;
    segments = Segments.of(newMicroBatch.segments());
    plans = newPlans;
  }

  MicroBatch microBatch() {
    return microBatch;
  }

  Segments segments() {
    return segments;
  }

  RoutePlan plan(int layer) {
    return plans.get(layer);
  }

  int numTokens() {
    return microBatch.numTokens();
  }
}

package jingwei.model.layer;

import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * The partial gradient of one owner: the sum over the micro-batches of a step so far. The first
 * contribution of a step replaces the content of the buffer and later ones are added, so the buffer
 * is never zeroed.
 */
public final class Gradients {
  private final ParameterSet values;
  private boolean started;
  private boolean linearsStarted;

  public Gradients(ParameterLayout layout, ElementType type, NativeMemory memory) {
    this(new ParameterSet(layout, type, memory));
  }

  public Gradients(ParameterSet values) {
    this.values = values;
  }

  public ParameterSet values() {
    return values;
  }

  /** Whether the next contribution is added to the buffer; otherwise it replaces the content. */
  public boolean isStarted() {
    return started;
  }

  /**
   * Records that a micro-batch has written the gradients of all parameters, except those of linear
   * layers that follow later.
   */
  public void markStarted() {
    started = true;
  }

  /** The same for linear layers whose gradients follow later. */
  public boolean areLinearsStarted() {
    return linearsStarted;
  }

  public void markLinearsStarted() {
    linearsStarted = true;
  }

  /** Starts a new step: the next contribution is the first one. */
  public void reset() {
    started = false;
    linearsStarted = false;
  }
}

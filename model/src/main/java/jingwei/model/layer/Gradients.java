package jingwei.model.layer;

import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * The running gradient of one owner over the micro-batches of a step. The first contribution of a
 * step replaces what the buffer held, later ones are added, so nothing needs to be zeroed.
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

  /** Whether a backward must add to what is here. */
  public boolean isStarted() {
    return started;
  }

  /**
   * One micro-batch has written every parameter, or all but those of linears whose gradients come
   * later.
   */
  public void markStarted() {
    started = true;
  }

  /** The same of linears whose gradients do not come with those of the rest. */
  public boolean areLinearsStarted() {
    return linearsStarted;
  }

  public void markLinearsStarted() {
    linearsStarted = true;
  }

  /** Forgets everything: the next contribution is the first one. */
  public void reset() {
    started = false;
    linearsStarted = false;
  }
}

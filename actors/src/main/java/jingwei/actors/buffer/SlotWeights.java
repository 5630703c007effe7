package jingwei.actors.buffer;

import jingwei.actors.transport.TensorBytes;
import jingwei.actors.transport.Transferable;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/** Weights of the expert in a slot: copied into the slot's memory, or lent by the store. */
public final class SlotWeights implements Transferable {
  private final ParameterSet copied;
  private ParameterSet current;

  public SlotWeights(ParameterLayout layout, ElementType type, NativeMemory memory) {
    copied = new ParameterSet(layout, type, memory);
    current = copied;
  }

  /** The weights that the expert computes with. */
  public ParameterSet current() {
    return current;
  }

  /** Prepares for the next weights: they are a copy unless the store lends them. */
  public void expect() {
    current = copied;
  }

  void read(ParameterSet lent) {
    current = lent;
  }

  @Override
  public TensorBytes bytes() {
    return TensorBytes.of(copied.flat());
  }

  @Override
  public void transferTo(Transferable receiver) {
    throw new IllegalStateException("weights do not travel from the device");
  }
}

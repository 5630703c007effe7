package jingwei.actors.buffer;

import java.lang.foreign.MemorySegment;
import jingwei.actors.transport.Transferable;
import jingwei.model.layer.ParameterSet;

/**
 * Weights of one expert in the store, which the device reads where they are if both are one memory.
 *
 * <p>Only where no read is stale: the next update of an expert needs the gradient of the visit that
 * reads, which comes when the visit is over.
 */
public record LentWeights(ParameterSet weights) implements Transferable {
  @Override
  public MemorySegment bytes() {
    return weights.flat().segment();
  }

  @Override
  public void transferTo(Transferable receiver) {
    ((SlotWeights) receiver).read(weights);
  }
}

package jingwei.actors.buffer;

import java.lang.foreign.MemorySegment;
import jingwei.actors.transport.Transferable;
import jingwei.model.layer.ParameterSet;

/**
 * Weights of one expert in the store. If store and device share one memory, the device reads the
 * store's copy.
 *
 * <p>Used only without staleness: the next update of the expert then needs the gradient of the
 * residency that reads the weights. That gradient comes when the residency is over.
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

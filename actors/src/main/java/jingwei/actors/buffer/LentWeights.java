package jingwei.actors.buffer;

import jingwei.actors.transport.TensorBytes;
import jingwei.actors.transport.Transferable;
import jingwei.model.layer.ParameterSet;

/**
 * Weights of one expert in the store. If store and device share one memory space, the device reads
 * the store's copy.
 *
 * <p>Used only without staleness: the next update of the expert then needs the gradient of the
 * residency that reads the weights. That gradient comes when the residency is over.
 */
public record LentWeights(ParameterSet weights) implements Transferable {
  @Override
  public TensorBytes bytes() {
    return TensorBytes.of(weights.flat());
  }

  @Override
  public void transferTo(Transferable receiver) {
    ((SlotWeights) receiver).read(weights);
  }
}

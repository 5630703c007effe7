package jingwei.actors.buffer;

import jingwei.actors.transport.TensorBytes;
import jingwei.actors.transport.Transferable;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Room for the gradient of one expert, on the device or in the store. If both share one memory
 * space, a transfer exchanges the buffers. A device buffer may then lie in host memory, so both
 * memories must stay open while any actor runs.
 */
public final class GradientBuffer implements Transferable {
  private Matrix flat;
  private ReplicaGradients gradients;

  public GradientBuffer(
      ParameterLayout layout, int replicas, ElementType type, NativeMemory memory) {
    flat = memory.matrix(type, 1, replicas * layout.length());
    gradients = new ReplicaGradients(layout, replicas, flat);
  }

  public static long bytes(ParameterLayout layout, int replicas, ElementType type) {
    return NativeMemory.rounded(replicas * layout.length() * type.bytes());
  }

  /** The sums of all replicas, [1, replicas * length]. */
  public Matrix flat() {
    return flat;
  }

  public ReplicaGradients gradients() {
    return gradients;
  }

  @Override
  public TensorBytes bytes() {
    return TensorBytes.of(flat);
  }

  @Override
  public void transferTo(Transferable receiver) {
    GradientBuffer buffer = (GradientBuffer) receiver;
    Matrix itsFlat = buffer.flat;
    ReplicaGradients itsGradients = buffer.gradients;
    buffer.flat = flat;
    buffer.gradients = gradients;
    flat = itsFlat;
    gradients = itsGradients;
  }
}

package jingwei.bench.torch;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Named weights; linears are kept as libtorch has them, [outputs, inputs]. */
final class PeerWeights {
  private final Map<String, Tensor> byName = new LinkedHashMap<>();

  /** Reads a number of weights, each as name, rows, columns and floats, and transposes linears. */
  static PeerWeights read(DataInputStream in) throws IOException {
    PeerWeights weights = new PeerWeights();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      String name = in.readUTF();
      int rows = in.readInt();
      int columns = in.readInt();
      float[] values = new float[rows * columns];
      byte[] bytes = in.readNBytes(4 * values.length);
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      Tensor tensor = torch.zeros(rows == 1 ? new long[] {columns} : new long[] {rows, columns});
      tensor.data_ptr_float().put(values);
      boolean isLinear = name.endsWith(".weight");
      weights.add(name, isLinear ? tensor.transpose(0, 1).contiguous() : tensor);
    }
    return weights;
  }

  void add(String name, Tensor tensor) {
    byName.put(name, tensor.set_requires_grad(true));
  }

  Tensor get(String name) {
    Tensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no weight " + name);
    }
    return tensor;
  }

  Map<String, Tensor> all() {
    return byName;
  }
}

package jingwei.actors.transport;

import jingwei.model.memory.ElementType;

/**
 * What each part says about its tensor.
 *
 * @param sender node that sends it
 * @param bytes of the whole tensor
 */
record TensorHeader(
    TransferId transfer, long incarnation, int sender, long bytes, long version, int typeCode) {

  static TensorHeader of(TensorRef tensor, int sender) {
    return new TensorHeader(
        tensor.transfer(),
        tensor.incarnation(),
        sender,
        tensor.bytes(),
        tensor.version(),
        code(tensor.type()));
  }

  /** How the tensor differs from the one that a receiver expects; null if it does not. */
  String mismatch(TensorRef expected) {
    if (bytes == expected.bytes()
        && version == expected.version()
        && typeCode == code(expected.type())) {
      return null;
    }
    return "node %d sent bytes=%d version=%d type=%d, but expected bytes=%d version=%d type=%d"
        .formatted(
            sender,
            bytes,
            version,
            typeCode,
            expected.bytes(),
            expected.version(),
            code(expected.type()));
  }

  private static int code(ElementType type) {
    return switch (type) {
      case FLOAT32 -> 1;
      case FLOAT64 -> 2;
    };
  }

  /** For messages about a tensor that nobody expects. */
  @Override
  public String toString() {
    return "transfer=%s (sender=%d bytes=%d version=%d)"
        .formatted(transfer, sender, bytes, version);
  }
}

package jingwei.actors.transport;

import java.util.Objects;
import jingwei.actors.step.OfSession;
import jingwei.model.memory.ElementType;

/**
 * Names one tensor in transfer; both ends use equal references.
 *
 * @param transfer number of the transfer
 * @param incarnation of the session; tensors of other incarnations are refused
 * @param name of the owner and kind, as it appears in messages: {@code blocks.3.experts.17 weights}
 * @param version of the weights
 * @param elements number of elements, at least one
 * @param type type of each element
 */
public record TensorRef(
    TransferId transfer,
    long incarnation,
    String name,
    long version,
    long elements,
    ElementType type)
    implements OfSession {

  /**
   * @throws IllegalArgumentException if there is no element, or the number of bytes exceeds a long
   */
  public TensorRef {
    Objects.requireNonNull(transfer, "transfer");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    if (elements < 1 || elements > Long.MAX_VALUE / type.bytes()) {
      throw new IllegalArgumentException(
          "tensor=%s transfer=%s elements=%d".formatted(name, transfer, elements));
    }
  }

  /** Size of the whole tensor in bytes. */
  public long bytes() {
    return elements * type.bytes();
  }
}

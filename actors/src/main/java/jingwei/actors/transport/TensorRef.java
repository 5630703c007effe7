package jingwei.actors.transport;

import java.util.Objects;
import jingwei.model.memory.ElementType;

/**
 * Names one tensor on its way; both ends use an equal one.
 *
 * @param transfer number of the transfer, unique within a node's life; a repeated attempt takes a
 *     new number
 * @param name of the owner and kind, as it appears in messages: {@code blocks.3.experts.17 weights}
 * @param version of the weights
 * @param elements how many, at least one
 * @param type what one element is
 */
public record TensorRef(long transfer, String name, long version, long elements, ElementType type) {

  /**
   * @throws IllegalArgumentException if there is no element, or more than a long counts the bytes
   *     of
   */
  public TensorRef {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    if (elements < 1 || elements > Long.MAX_VALUE / type.bytes()) {
      throw new IllegalArgumentException(
          "tensor=%s transfer=%d elements=%d".formatted(name, transfer, elements));
    }
  }

  /** Size of the whole tensor in bytes. */
  public long bytes() {
    return elements * type.bytes();
  }
}

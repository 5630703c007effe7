package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.model.memory.Matrix;

/**
 * Buffers lent to the transport of a node, by transfer number, so that messages only name them.
 *
 * <p>The owner lends a buffer and then asks the transport at once. A tensor whose destination is
 * not lent when its first part comes is skipped. Until the transport replies, actors may only read
 * a source, and only the transport may touch a destination or a {@link Transferable}. The memory
 * must stay open until then. Any reply returns ownership. A {@link Transferable} that was sent may
 * be backed by other memory afterwards. Thread-safe.
 */
public final class BufferLoans {
  private final Map<TransferId, Loan> sources = new ConcurrentHashMap<>();
  private final Map<TransferId, Loan> destinations = new ConcurrentHashMap<>();

  /**
   * @param transferable null if the bytes must be copied
   */
  record Loan(TensorRef tensor, TensorBytes bytes, Transferable transferable) {}

  /**
   * Lends the bytes to send.
   *
   * @throws IllegalArgumentException if the size is not the tensor's or the memory is on the heap
   * @throws IllegalStateException if a source is already lent for this transfer
   */
  public void lendSource(TensorRef tensor, MemorySegment bytes) {
    lend(sources, "source", new Loan(tensor, new TensorBytes.Host(bytes).asReadOnly(), null));
  }

  /** The same for a matrix of any space; no kernel may still write to it. */
  public void lendSource(TensorRef tensor, Matrix matrix) {
    lend(sources, "source", new Loan(tensor, TensorBytes.of(matrix).asReadOnly(), null));
  }

  /** The same for a source that may be exchanged for the destination. */
  public void lendSource(TensorRef tensor, Transferable buffer) {
    lend(sources, "source", new Loan(tensor, buffer.bytes().asReadOnly(), buffer));
  }

  /**
   * Lends the bytes that will receive the tensor.
   *
   * @throws IllegalArgumentException if the size is not the tensor's or the memory is on the heap
   *     or read-only
   * @throws IllegalStateException if a destination is already lent for this transfer
   */
  public void lendDestination(TensorRef tensor, MemorySegment bytes) {
    if (bytes.isReadOnly()) {
      throw new IllegalArgumentException("destination is read-only: " + tensor);
    }
    lend(destinations, "destination", new Loan(tensor, new TensorBytes.Host(bytes), null));
  }

  /** The same for a matrix of any space; no kernel may still use it. */
  public void lendDestination(TensorRef tensor, Matrix matrix) {
    lend(destinations, "destination", new Loan(tensor, TensorBytes.of(matrix), null));
  }

  /** The same for a destination that may be exchanged for the source. */
  public void lendDestination(TensorRef tensor, Transferable buffer) {
    lend(destinations, "destination", new Loan(tensor, buffer.bytes(), buffer));
  }

  /**
   * The source lent for a transfer; null if there is none. The loan ends if it is for this tensor.
   * A request that names another tensor ends no loan: the owner of the buffer may not have asked
   * yet.
   */
  Loan takeSource(TensorRef tensor) {
    return take(sources, tensor);
  }

  /** The same for a destination. */
  Loan takeDestination(TensorRef tensor) {
    return take(destinations, tensor);
  }

  private static Loan take(Map<TransferId, Loan> loans, TensorRef tensor) {
    Loan loan = loans.get(tensor.transfer());
    if (loan != null && loan.tensor().equals(tensor)) {
      loans.remove(tensor.transfer());
    }
    return loan;
  }

  /** Whether a destination is lent and the transport has not seen its request yet. */
  boolean isDestinationLent(TransferId transfer) {
    return destinations.containsKey(transfer);
  }

  private static void lend(Map<TransferId, Loan> loans, String side, Loan loan) {
    TensorRef tensor = loan.tensor();
    boolean isNative =
        !(loan.bytes() instanceof TensorBytes.Host host) || host.segment().isNative();
    if (!isNative || loan.bytes().size() != tensor.bytes()) {
      throw new IllegalArgumentException(
          "%s neededBytes=%d lentBytes=%d isNative=%s of %s"
              .formatted(side, tensor.bytes(), loan.bytes().size(), isNative, tensor));
    }
    Loan before = loans.putIfAbsent(tensor.transfer(), loan);
    if (before != null) {
      throw new IllegalStateException(
          "%s lent twice: %s and %s".formatted(side, before.tensor(), tensor));
    }
  }
}

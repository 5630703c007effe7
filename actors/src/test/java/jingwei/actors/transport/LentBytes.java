package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;

/** Buffers lent to a transport, for tests that stand in for it. */
public final class LentBytes {
  private LentBytes() {}

  /** Ends the loan of a destination in host memory. */
  public static MemorySegment destination(BufferLoans loans, TensorRef tensor) {
    return segment(loans.takeDestination(tensor));
  }

  /** Ends the loan of a source in host memory; read-only. */
  public static MemorySegment source(BufferLoans loans, TensorRef tensor) {
    return segment(loans.takeSource(tensor));
  }

  private static MemorySegment segment(BufferLoans.Loan loan) {
    return ((TensorBytes.Host) loan.bytes()).segment();
  }
}

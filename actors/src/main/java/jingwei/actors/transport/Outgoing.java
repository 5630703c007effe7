package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** A tensor that is being sent. Belongs to the transport thread. */
final class Outgoing {
  final TensorTransport.Send request;
  final MemorySegment source;

  /** Null where the bytes must stay where they are. */
  final Transferable transferable;

  final CRC32C crc = new CRC32C();
  long sentBytes;

  /** When the request came or the last part left. */
  long sinceNanos;

  Outgoing(TensorTransport.Send request, BufferLoans.Loan loan, long nowNanos) {
    this.request = request;
    this.source = loan.bytes();
    this.transferable = loan.transferable();
    this.sinceNanos = nowNanos;
  }

  boolean hasBegun() {
    return sentBytes > 0;
  }

  TensorRef tensor() {
    return request.tensor();
  }
}

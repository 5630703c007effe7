package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** A tensor that is being received. Belongs to the transport thread. */
final class Incoming {
  final TensorTransport.Receive request;
  final MemorySegment destination;

  /** Null where the bytes must stay where they are. */
  final Transferable transferable;

  final CRC32C crc = new CRC32C();
  long arrivedBytes;

  /** When the request came or the last part arrived. */
  long sinceNanos;

  /** The destination is its owner's again. */
  boolean isAnswered;

  Incoming(TensorTransport.Receive request, BufferLoans.Loan loan, long nowNanos) {
    this.request = request;
    this.destination = loan.bytes();
    this.transferable = loan.transferable();
    this.sinceNanos = nowNanos;
  }

  boolean hasBegun() {
    return arrivedBytes > 0;
  }

  TensorRef tensor() {
    return request.tensor();
  }
}

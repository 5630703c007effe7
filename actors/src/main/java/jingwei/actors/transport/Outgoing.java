package jingwei.actors.transport;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** A tensor that is being sent. Belongs to the transport thread. */
final class Outgoing {
  final TensorTransport.Send request;
  final MemorySegment source;
  final CRC32C crc = new CRC32C();
  long sentBytes;

  /** When the request came or the last part left. */
  long sinceNanos;

  Outgoing(TensorTransport.Send request, MemorySegment source, long nowNanos) {
    this.request = request;
    this.source = source;
    this.sinceNanos = nowNanos;
  }

  TensorRef tensor() {
    return request.tensor();
  }
}

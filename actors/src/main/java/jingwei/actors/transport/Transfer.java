package jingwei.actors.transport;

import java.util.zip.CRC32C;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkPassage;

/** One end of a transfer: a request to send or to receive. Belongs to the transport thread. */
final class Transfer {
  final TensorTransport.Request request;

  /** The source or the destination. */
  final TensorBytes bytes;

  /** Null if the bytes must be copied. */
  final Transferable transferable;

  final CRC32C crc = new CRC32C();

  /** Of a send over a slowed link; null if nothing delays it. */
  LinkPassage passage;

  /** Bytes that were sent or have arrived so far. */
  long movedBytes;

  /** When the request came or the last part moved. */
  long sinceNanos;

  /** Whether the reply was sent: then the owner has its buffer back. */
  boolean isAnswered;

  Transfer(TensorTransport.Request request, BufferLoans.Loan loan, long nowNanos) {
    this.request = request;
    this.bytes = loan.bytes();
    this.transferable = loan.transferable();
    this.sinceNanos = nowNanos;
  }

  TensorRef tensor() {
    return request.tensor();
  }

  TransferId id() {
    return tensor().transfer();
  }

  boolean hasBegun() {
    return movedBytes > 0;
  }

  boolean isComplete() {
    return movedBytes == tensor().bytes();
  }

  /** Records that a part of this size has moved. */
  void moved(int partBytes, long nowNanos) {
    movedBytes += partBytes;
    sinceNanos = nowNanos;
  }

  boolean isSend() {
    return request instanceof TensorTransport.Send;
  }

  /** The receiver's node of a request to send. */
  int to() {
    return ((TensorTransport.Send) request).to();
  }

  /** The direction in which a tensor that is sent crosses the link. */
  LinkDirection link() {
    return ((TensorTransport.Send) request).link();
  }

  /** For the message of a deadline: the waiting end and the progress of the transfer. */
  @Override
  public String toString() {
    return "the %s of %s (transfer=%s %s=%d bytes=%d)"
        .formatted(
            isSend() ? "sender" : "receiver",
            tensor().name(),
            id(),
            isSend() ? "sentBytes" : "arrivedBytes",
            movedBytes,
            tensor().bytes());
  }
}

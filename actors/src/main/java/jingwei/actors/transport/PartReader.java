package jingwei.actors.transport;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.agrona.DirectBuffer;

/**
 * Takes parts out of the log, each fragment straight to its place in the destination. Whatever
 * stands in the log, nothing outside a destination is written: what is no part, or is longer or
 * shorter than its header says, is read past. Belongs to the transport thread.
 */
final class PartReader implements ControlledFragmentHandler {
  /** To read the log by address: it stays mapped as long as this thread keeps it open. */
  @SuppressWarnings("restricted")
  private static final MemorySegment ALL_MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** Decides about parts; called in the order of the log. */
  interface Receivers {
    /** What to do with a part whose first fragment is there. */
    Decision begin(PartHeader header);

    /** The whole part is in its destination. */
    void complete(PartHeader header, Incoming incoming);

    /** The destination of a part can not be written, or the part is not what its header says. */
    void unusable(Incoming incoming, String reason);

    /** The whole part was read past. */
    void skipped(PartHeader header);

    /** Something was read past that is no part of a tensor. */
    void invalid();
  }

  /** Take the part into a destination, read past it, or leave it in the log. */
  sealed interface Decision {
    record Take(Incoming incoming) implements Decision {}

    enum Other implements Decision {
      SKIP,
      WAIT
    }
  }

  /**
   * The part of one image that is being read; {@code header} is null between parts, {@code
   * incoming} while a part is skipped.
   */
  private static final class Running {
    private PartHeader header;
    private Incoming incoming;
    private int readBytes;
  }

  private final Receivers receivers;
  private final Map<Integer, Running> runningBySession = new HashMap<>();

  PartReader(Receivers receivers) {
    this.receivers = receivers;
  }

  @Override
  public Action onFragment(DirectBuffer buffer, int offset, int length, Header frame) {
    return onFragment(buffer, offset, length, frame.flags(), frame.sessionId());
  }

  Action onFragment(DirectBuffer buffer, int offset, int length, byte flags, int session) {
    Running running = runningBySession.computeIfAbsent(session, id -> new Running());
    boolean begins = (flags & FrameDescriptor.BEGIN_FRAG_FLAG) != 0;
    boolean ends = (flags & FrameDescriptor.END_FRAG_FLAG) != 0;
    int headerBytes = 0;
    if (begins) {
      PartHeader header = PartHeader.read(buffer, offset, length);
      Decision decision = header == null ? Decision.Other.SKIP : receivers.begin(header);
      if (decision == Decision.Other.WAIT) {
        return Action.ABORT;
      }
      end(running, "another part began before it ended");
      if (header == null) {
        receivers.invalid();
        return Action.CONTINUE;
      }
      running.header = header;
      running.incoming = decision instanceof Decision.Take take ? take.incoming() : null;
      running.readBytes = 0;
      headerBytes = PartHeader.BYTES;
    }
    if (running.header == null) {
      return Action.CONTINUE; // what follows something that was no part
    }
    int bytes = length - headerBytes;
    if (bytes > running.header.partBytes() - running.readBytes) {
      end(running, "it is longer than its header says");
      return Action.CONTINUE;
    }
    put(running, buffer.addressOffset() + offset + headerBytes, bytes);
    if (running.readBytes == running.header.partBytes()) {
      finish(running);
    } else if (ends) {
      end(running, "it is shorter than its header says");
    }
    return Action.CONTINUE;
  }

  private void put(Running running, long address, int bytes) {
    int at = running.readBytes;
    running.readBytes += bytes;
    Incoming incoming = running.incoming;
    if (incoming == null || incoming.isAnswered) {
      running.incoming = null;
      return;
    }
    try {
      MemorySegment.copy(
          ALL_MEMORY, address, incoming.destination, running.header.offset() + at, bytes);
    } catch (IllegalStateException | WrongThreadException e) {
      running.incoming = null;
      receivers.unusable(incoming, "the destination is not usable: " + e.getMessage());
    }
  }

  private void finish(Running running) {
    if (running.incoming == null) {
      receivers.skipped(running.header);
    } else {
      receivers.complete(running.header, running.incoming);
    }
    running.header = null;
    running.incoming = null;
  }

  /** Leaves a part that did not come to its end. */
  private void end(Running running, String reason) {
    if (running.header == null) {
      return;
    }
    Incoming incoming = running.incoming;
    running.header = null;
    running.incoming = null;
    receivers.invalid();
    if (incoming != null && !incoming.isAnswered) {
      receivers.unusable(incoming, "a part is not what it should be: " + reason);
    }
  }
}

package jingwei.actors.transport;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.agrona.DirectBuffer;

/**
 * Takes parts out of the log, each fragment straight to its place in the destination. Belongs to
 * the transport thread.
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

    /** The destination of a part can not be written. */
    void unusable(Incoming incoming, String reason);

    /** The whole part was read past. */
    void skipped(PartHeader header);
  }

  /** Take the part into a destination, read past it, or leave it in the log. */
  sealed interface Decision {
    record Take(Incoming incoming) implements Decision {}

    enum Other implements Decision {
      SKIP,
      WAIT
    }
  }

  /** The part of one image that is being read; {@code incoming} is null while it is skipped. */
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
    int from = offset;
    int rest = length;
    Running running = runningBySession.computeIfAbsent(frame.sessionId(), id -> new Running());
    if ((frame.flags() & FrameDescriptor.BEGIN_FRAG_FLAG) != 0) {
      PartHeader header = PartHeader.read(buffer, offset, length);
      switch (receivers.begin(header)) {
        case Decision.Other.WAIT -> {
          return Action.ABORT;
        }
        case Decision.Other.SKIP -> running.incoming = null;
        case Decision.Take take -> running.incoming = take.incoming();
      }
      running.header = header;
      running.readBytes = 0;
      from += PartHeader.BYTES;
      rest -= PartHeader.BYTES;
    }
    put(running, buffer.addressOffset() + from, rest);
    if (running.readBytes == running.header.partBytes()) {
      finish(running);
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
    running.incoming = null;
  }
}

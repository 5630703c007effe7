package jingwei.actors.transport;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import jingwei.model.memory.Matrix;
import org.agrona.DirectBuffer;

/**
 * Takes parts out of the logs of an inbox, each fragment straight to its place in the destination,
 * or to a staging buffer if the destination is not in host memory. It never writes outside a
 * destination. It skips a fragment that is no part, and a part that is longer or shorter than its
 * header says. Belongs to the transport thread.
 */
final class PartReader implements ControlledFragmentHandler {
  /** Reads the log by address; the log stays mapped while this thread keeps it open. */
  @SuppressWarnings("restricted")
  private static final MemorySegment ALL_MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** Decides where parts go; called in the order of the log. */
  interface Receivers {
    /** Decides what to do with a part when its first fragment arrives. */
    Handling begin(PartHeader header);

    /**
     * The whole part is in its destination.
     *
     * @param part its bytes in host memory
     */
    void complete(PartHeader header, Transfer incoming, MemorySegment part);

    /** The destination of a part cannot be written, or the part is not what its header says. */
    void unusable(Transfer incoming, String reason);

    /** The part has come through another log while it was being read, and is skipped. */
    void doubled();

    /** The whole part was skipped. */
    void skipped(PartHeader header);

    /** A fragment that is no part of a tensor was skipped. */
    void invalid();
  }

  /** Take the part into a destination, skip it, or leave it in the log. */
  sealed interface Handling {
    record Take(Transfer incoming) implements Handling {}

    enum Other implements Handling {
      SKIP,
      WAIT
    }
  }

  /**
   * The part of one image that is being read; {@code header} is null between parts, {@code
   * incoming} while a part is skipped.
   */
  private static final class Assembly {
    private PartHeader header;
    private Transfer incoming;
    private int readBytes;

    /** Where the part is put: its place in the destination, or a staging buffer. */
    private MemorySegment part;

    private final Staging staging = new Staging();
  }

  private final Receivers receivers;

  /** Two images may have the same session number, if they come from different drivers. */
  private final Map<Object, Assembly> assemblyByImage = new HashMap<>();

  PartReader(Receivers receivers) {
    this.receivers = receivers;
  }

  /** Drops the part that is being read of an image that has ended. */
  void forget(Object image) {
    assemblyByImage.remove(image);
  }

  @Override
  public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
    return onFragment(buffer, offset, length, header.flags(), header.context());
  }

  Action onFragment(DirectBuffer buffer, int offset, int length, byte flags, Object image) {
    Assembly assembly = assemblyByImage.computeIfAbsent(image, id -> new Assembly());
    boolean begins = (flags & FrameDescriptor.BEGIN_FRAG_FLAG) != 0;
    boolean ends = (flags & FrameDescriptor.END_FRAG_FLAG) != 0;
    int headerBytes = 0;
    if (begins) {
      PartHeader header = PartHeader.read(buffer, offset, length);
      Handling handling = header == null ? Handling.Other.SKIP : receivers.begin(header);
      if (handling == Handling.Other.WAIT) {
        return Action.ABORT;
      }
      end(assembly, "another part began before it ended");
      if (header == null) {
        receivers.invalid();
        return Action.CONTINUE;
      }
      assembly.header = header;
      assembly.incoming = handling instanceof Handling.Take take ? take.incoming() : null;
      assembly.readBytes = 0;
      assembly.part = null;
      headerBytes = PartHeader.BYTES;
    }
    if (assembly.header == null) {
      return Action.CONTINUE; // the rest of something that is no part
    }
    int bytes = length - headerBytes;
    if (bytes > assembly.header.partBytes() - assembly.readBytes) {
      end(assembly, "it is longer than its header says");
      return Action.CONTINUE;
    }
    put(assembly, buffer.addressOffset() + offset + headerBytes, bytes);
    if (assembly.readBytes == assembly.header.partBytes()) {
      finish(assembly);
    } else if (ends) {
      end(assembly, "it is shorter than its header says");
    }
    return Action.CONTINUE;
  }

  private void put(Assembly assembly, long address, int bytes) {
    int at = assembly.readBytes;
    assembly.readBytes += bytes;
    Transfer incoming = assembly.incoming;
    if (incoming == null || incoming.isAnswered) {
      assembly.incoming = null;
      return;
    }
    if (incoming.movedBytes != assembly.header.offset()) {
      assembly.incoming = null;
      receivers.doubled();
      return;
    }
    try {
      if (assembly.part == null) {
        assembly.part = place(assembly);
      }
      MemorySegment.copy(ALL_MEMORY, address, assembly.part, at, bytes);
      if (assembly.readBytes == assembly.header.partBytes()
          && incoming.bytes instanceof TensorBytes.InSpace(Matrix matrix)) {
        matrix.write(assembly.header.offset(), assembly.part);
      }
    } catch (IllegalStateException | WrongThreadException e) {
      assembly.incoming = null;
      receivers.unusable(incoming, "the destination is not usable: " + e.getMessage());
    }
  }

  private static MemorySegment place(Assembly assembly) {
    int bytes = assembly.header.partBytes();
    return switch (assembly.incoming.bytes) {
      case TensorBytes.Host(MemorySegment all) -> all.asSlice(assembly.header.offset(), bytes);
      case TensorBytes.InSpace inSpace -> assembly.staging.room(bytes);
    };
  }

  private void finish(Assembly assembly) {
    if (assembly.incoming == null) {
      receivers.skipped(assembly.header);
    } else {
      receivers.complete(assembly.header, assembly.incoming, assembly.part);
    }
    assembly.header = null;
    assembly.incoming = null;
  }

  /** Gives up a part that is not as long as its header says. */
  private void end(Assembly assembly, String reason) {
    if (assembly.header == null) {
      return;
    }
    Transfer incoming = assembly.incoming;
    assembly.header = null;
    assembly.incoming = null;
    receivers.invalid();
    if (incoming != null && !incoming.isAnswered) {
      receivers.unusable(incoming, "a part is not what it should be: " + reason);
    }
  }
}

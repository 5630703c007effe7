package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.FrameDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import jingwei.model.memory.ElementType;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fragments in every order and with every content. */
class PartReaderTest {
  private static final int ELEMENTS = 64;
  private static final int GUARD_BYTES = 4096;
  private static final TensorRef TENSOR =
      new TensorRef(new TransferId(2, 1, 7), 5, "weights", 3, ELEMENTS, ElementType.FLOAT32);
  private static final byte BEGIN = FrameDescriptor.BEGIN_FRAG_FLAG;
  private static final byte END = FrameDescriptor.END_FRAG_FLAG;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment around = arena.allocate(TENSOR.bytes() + 2 * GUARD_BYTES, 64);
  private final BufferLoans loans = new BufferLoans();
  private final List<String> events = new ArrayList<>();
  private final UnsafeBuffer buffer =
      new UnsafeBuffer(ByteBuffer.allocateDirect(1 << 16).order(ByteOrder.LITTLE_ENDIAN));
  private Transfer incoming = incoming();
  private final PartReader reader =
      new PartReader(
          new PartReader.Receivers() {
            @Override
            public PartReader.Handling begin(PartHeader header) {
              return header.tensor().transfer().equals(TENSOR.transfer())
                      && header.tensor().mismatch(TENSOR) == null
                  ? new PartReader.Handling.Take(incoming)
                  : PartReader.Handling.Other.SKIP;
            }

            @Override
            public void complete(PartHeader header, Transfer to, MemorySegment part) {
              events.add("complete " + header.offset());
              to.moved(header.partBytes(), 0);
            }

            @Override
            public void unusable(Transfer to, String reason) {
              events.add("unusable");
              to.isAnswered = true;
            }

            @Override
            public void doubled() {
              events.add("doubled");
            }

            @Override
            public void skipped(PartHeader header) {
              events.add("skipped");
            }

            @Override
            public void invalid() {
              events.add("invalid");
            }
          });

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void takesAPartInSeveralFragments() {
    write(header(0, 200));
    assertEquals(Action.CONTINUE, fragment(PartHeader.BYTES + 100, BEGIN));
    assertEquals(Action.CONTINUE, fragment(60, (byte) 0));
    assertEquals(Action.CONTINUE, fragment(40, END));
    assertEquals(List.of("complete 0"), events);
  }

  @Test
  void skipsFragmentsThatAreNoPart() {
    write(header(0, 200));
    buffer.putInt(0, 99);
    fragment(PartHeader.BYTES + 100, BEGIN);
    fragment(100, END);
    fragment(3, (byte) (BEGIN | END));
    fragment(50, END);
    assertEquals(List.of("invalid", "invalid"), events);
  }

  @Test
  void failsTheReceiverOfAPartThatIsLongerOrShorterThanItsHeader() {
    write(header(0, 100));
    fragment(PartHeader.BYTES + 60, BEGIN);
    fragment(60, END);
    assertEquals(List.of("invalid", "unusable"), events);
    events.clear();
    incoming = incoming();
    fragment(PartHeader.BYTES + 60, (byte) (BEGIN | END));
    assertEquals(List.of("invalid", "unusable"), events);
    events.clear();
    incoming = incoming();
    fragment(PartHeader.BYTES + 60, BEGIN);
    fragment(PartHeader.BYTES + 100, (byte) (BEGIN | END));
    assertEquals("invalid", events.getFirst());
    assertTrue(events.contains("unusable"), events.toString());
  }

  /** The rest of a part may come after the whole part; its owner may use the destination then. */
  @Test
  void writesNothingOfAPartThatHasComeThroughAnotherLog() {
    write(header(0, 200));
    fragment(PartHeader.BYTES + 100, BEGIN, 1);
    fragment(PartHeader.BYTES + 200, (byte) (BEGIN | END), 2);
    around.asSlice(GUARD_BYTES, TENSOR.bytes()).fill((byte) 9);
    fragment(100, END, 1);
    assertEquals(List.of("complete 0", "doubled", "skipped"), events);
    for (int i = 0; i < TENSOR.bytes(); i++) {
      assertEquals(9, around.get(ValueLayout.JAVA_BYTE, GUARD_BYTES + i));
    }
  }

  @Test
  void aHeaderIsReadAsItWasWritten() {
    PartHeader written = new PartHeader(TensorHeader.of(TENSOR, 3), 64, 128, 0x1234_5678);
    written.write(buffer);
    assertEquals(written, PartHeader.read(buffer, 0, PartHeader.BYTES));
    assertNull(PartHeader.read(buffer, 0, PartHeader.BYTES - 1));
  }

  @Test
  void dropsThePartOfALogThatHasEnded() {
    write(header(0, 200));
    fragment(PartHeader.BYTES + 100, BEGIN);
    reader.forget(1);
    fragment(100, END);
    assertEquals(List.of(), events);
  }

  @Test
  void refusesAnInconsistentHeader() {
    long[] wrong = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 257, 1L << 40};
    for (long value : wrong) {
      for (int field : new int[] {40, 56}) {
        write(header(0, 200));
        buffer.putLong(field, value, ByteOrder.LITTLE_ENDIAN);
        fragment(PartHeader.BYTES + 200, (byte) (BEGIN | END));
      }
      write(header(0, 200));
      buffer.putInt(64, (int) value, ByteOrder.LITTLE_ENDIAN);
      fragment(PartHeader.BYTES + 200, (byte) (BEGIN | END));
    }
    assertTrue(events.stream().noneMatch(event -> event.startsWith("complete")), events.toString());
  }

  /** No fragment causes an exception or a write outside the destination. */
  @Test
  void survivesAnyFragments() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 200_000; i++) {
      if (random.nextInt(3) > 0) {
        write(header(random.nextInt(300), random.nextInt(300)));
      }
      for (int change = random.nextInt(3); change > 0; change--) {
        int at = 4 * random.nextInt(PartHeader.BYTES / 4);
        buffer.putInt(at, random.nextBoolean() ? random.nextInt() : random.nextInt(-2, 300));
      }
      if (incoming.isAnswered) {
        incoming = incoming();
      }
      incoming.movedBytes = buffer.getLong(56, ByteOrder.LITTLE_ENDIAN);
      reader.onFragment(
          buffer, 0, random.nextInt(400), (byte) (random.nextInt(4) << 6), random.nextInt(3));
    }
    for (int i = 0; i < GUARD_BYTES; i++) {
      assertEquals(0, around.get(ValueLayout.JAVA_BYTE, i));
      assertEquals(0, around.get(ValueLayout.JAVA_BYTE, around.byteSize() - 1 - i));
    }
  }

  private Transfer incoming() {
    MemorySegment destination = around.asSlice(GUARD_BYTES, TENSOR.bytes());
    loans.lendDestination(TENSOR, destination);
    return new Transfer(
        new TensorTransport.Receive(TENSOR, null), loans.takeDestination(TENSOR), 0);
  }

  private static PartHeader header(long offset, int bytes) {
    return new PartHeader(TensorHeader.of(TENSOR, 3), offset, bytes, 0);
  }

  private void write(PartHeader header) {
    header.write(buffer);
    for (int i = PartHeader.BYTES; i < 1000; i++) {
      buffer.putByte(i, (byte) 1);
    }
  }

  private Action fragment(int length, byte flags) {
    return fragment(length, flags, 1);
  }

  private Action fragment(int length, byte flags, int session) {
    return reader.onFragment(buffer, 0, length, flags, session);
  }
}

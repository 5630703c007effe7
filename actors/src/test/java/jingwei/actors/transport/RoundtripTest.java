package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoundtripTest {
  /** 64 bytes, a little more than one part, four parts, and more than the log's window. */
  private static final long[] ELEMENTS = {16, 262_147, 1 << 20, 5 << 20};

  @ParameterizedTest
  @EnumSource
  void tensorsOfEverySizeArriveByteForByte(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      for (long elements : ELEMENTS) {
        fixture.expectRoundtrip(elements);
      }
      TransportCounters counters = fixture.report();
      assertEquals(ELEMENTS.length, counters.sent().count());
      assertEquals(ELEMENTS.length, counters.arrived().count());
      assertEquals(counters.sent().bytes(), counters.arrived().bytes());
      assertEquals(0, counters.open().bytesInFlight());
      assertEquals(0, counters.failed().requests());
    }
  }

  @Test
  void theChecksumIsThatOfAllBytes() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      TensorRef tensor = fixture.tensor(700_001);
      fixture.receive(tensor);
      MemorySegment source = fixture.send(tensor);
      CRC32C crc = new CRC32C();
      crc.update(source.asByteBuffer());
      assertEquals((int) crc.getValue(), fixture.expectArrived(tensor).crc32c());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRequestMayBeSlowerThanItsTensor(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(300_000);
      MemorySegment destination = fixture.lend(tensor);
      MemorySegment source = fixture.send(tensor);
      fixture.await(counters -> counters.open().bytesInFlight() == tensor.bytes());
      fixture.ask(tensor);
      fixture.expectSent(tensor);
      fixture.expectArrived(tensor);
      assertEquals(-1, source.mismatch(destination));
    }
  }

  @ParameterizedTest
  @EnumSource
  void manyTensorsInAnyOrderOfRequestsAllArrive(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      SplittableRandom random = new SplittableRandom(29);
      List<Runnable> requests = new ArrayList<>();
      Map<TensorRef, MemorySegment> sources = new HashMap<>();
      Map<TensorRef, MemorySegment> destinations = new HashMap<>();
      for (int i = 0; i < 40; i++) {
        TensorRef tensor = fixture.tensor(1 + random.nextInt(1 << random.nextInt(1, 21)));
        requests.add(() -> sources.put(tensor, fixture.send(tensor)));
        destinations.put(tensor, fixture.lend(tensor));
        requests.add(() -> fixture.ask(tensor));
      }
      for (int left = requests.size(); left > 0; left--) {
        requests.remove(random.nextInt(left)).run();
      }
      fixture.await(counters -> counters.arrived().count() == 40);
      assertEquals(40, fixture.sender.receiveSeveralMessages(40).size());
      assertEquals(40, fixture.receiver.receiveSeveralMessages(40).size());
      sources.forEach(
          (tensor, source) -> assertEquals(-1, source.mismatch(destinations.get(tensor))));
    }
  }

  @ParameterizedTest
  @EnumSource
  void transferableBuffersAreNotCopiedIfMemoryIsShared(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(300_000);
      MemorySegment before = fixture.bytesOf(tensor);
      byte[] sent = before.toArray(ValueLayout.JAVA_BYTE);
      MemorySegment empty = fixture.emptyOf(tensor);
      Room source = new Room(before);
      Room destination = new Room(empty);
      fixture.loans.lendDestination(tensor, destination);
      fixture.loans.lendSource(tensor, source);
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      fixture.expectSent(tensor);
      fixture.expectArrived(tensor);
      assertArrayEquals(sent, destination.segment.toArray(ValueLayout.JAVA_BYTE));
      boolean isShared = local == Local.HANDOVER;
      assertSame(isShared ? before : empty, destination.segment);
      assertSame(isShared ? empty : before, source.segment);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBufferThatMustStayIsCopied(boolean sourceStays) {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = fixture.tensor(16);
      MemorySegment from = fixture.bytesOf(tensor);
      MemorySegment to = fixture.emptyOf(tensor);
      if (sourceStays) {
        fixture.loans.lendSource(tensor, from);
        fixture.loans.lendDestination(tensor, new Room(to));
      } else {
        fixture.loans.lendSource(tensor, new Room(from));
        fixture.loans.lendDestination(tensor, to);
      }
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      fixture.expectArrived(tensor);
      assertEquals(-1, from.mismatch(to));
    }
  }

  private static final class Room implements Transferable {
    private MemorySegment segment;

    Room(MemorySegment segment) {
      this.segment = segment;
    }

    @Override
    public TensorBytes bytes() {
      return new TensorBytes.Host(segment);
    }

    @Override
    public void transferTo(Transferable other) {
      Room room = (Room) other;
      MemorySegment its = room.segment;
      room.segment = segment;
      segment = its;
    }
  }

  @Test
  void aFullLogHoldsSendersBackAndLosesNothing() {
    try (TransportFixture fixture = new TransportFixture(Local.AERON)) {
      List<TensorRef> tensors = new ArrayList<>();
      List<MemorySegment> sources = new ArrayList<>();
      List<MemorySegment> destinations = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tensors.add(fixture.tensor(5 << 20));
        destinations.add(fixture.lend(tensors.getLast()));
        sources.add(fixture.send(tensors.getLast()));
      }
      TransportCounters full = fixture.await(counters -> counters.backPressuredOffers() > 0);
      assertEquals(4 * tensors.getFirst().bytes(), full.open().bytesInFlight());
      assertTrue(full.open().sends() >= 3, full::toString);
      tensors.forEach(fixture::ask);
      for (TensorRef tensor : tensors) {
        fixture.expectSent(tensor);
        fixture.expectArrived(tensor);
      }
      for (int i = 0; i < 4; i++) {
        assertEquals(-1, sources.get(i).mismatch(destinations.get(i)));
      }
    }
  }
}

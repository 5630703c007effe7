package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import jingwei.actors.transport.TransportSettings.Local;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalTest {
  @ParameterizedTest
  @EnumSource
  void aRequestWithoutABufferFailsAtOnce(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      assertEquals("no source was lent for it", fixture.expectFailed(fixture.sender, tensor));
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      assertEquals(
          "no destination was lent for it", fixture.expectFailed(fixture.receiver, tensor));
      assertEquals(2, fixture.report().failed().requests());
    }
  }

  @Test
  void aBufferOfAnotherTensorIsRefused() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = fixture.tensor(16);
      TensorRef asked = new TensorRef(tensor.transfer(), 0, "other", 7, 16, tensor.type());
      fixture.loans.lendSource(tensor, fixture.bytesOf(tensor));
      fixture.transport.tell(new TensorTransport.Send(asked, 0, fixture.sender.getRef()));
      assertTrue(fixture.expectFailed(fixture.sender, asked).contains("the request names"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTensorOfAnotherIncarnationAndAnUnknownNodeAreRefused(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef own = fixture.tensor(16);
      TensorRef late = new TensorRef(own.transfer(), 3, "late", 7, 16, own.type());
      fixture.receive(late);
      assertEquals(
          "it belongs to incarnation=3, this node to incarnation=0",
          fixture.expectFailed(fixture.receiver, late));
      fixture.loans.lendSource(own, fixture.bytesOf(own));
      fixture.transport.tell(new TensorTransport.Send(own, 1, fixture.sender.getRef()));
      assertEquals("node 1 does not exist", fixture.expectFailed(fixture.sender, own));
    }
  }

  @Test
  void aTransferUnderWayIsNotStartedAgain() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.receive(tensor);
      fixture.await(counters -> counters.open().receives() == 1);
      fixture.receive(tensor);
      assertEquals(
          "transfer=0.0.1 is under way already", fixture.expectFailed(fixture.receiver, tensor));
      fixture.send(tensor);
      fixture.expectArrived(tensor);
    }
  }

  /** The owner of a buffer has lent it, and its own request is still on its way. */
  @ParameterizedTest
  @EnumSource
  void aRefusedRequestLeavesTheBufferOfAnother(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef own = fixture.tensor(16);
      TensorRef foreign = new TensorRef(own.transfer(), 3, own.name(), 7, 16, own.type());
      TensorRef other = new TensorRef(own.transfer(), 0, "other", 7, 16, own.type());
      MemorySegment destination = fixture.lend(own);
      MemorySegment source = fixture.bytesOf(own);
      fixture.loans.lendSource(own, source);
      for (TensorRef refused : List.of(foreign, other)) {
        fixture.ask(refused);
        fixture.expectFailed(fixture.receiver, refused);
        fixture.transport.tell(new TensorTransport.Send(refused, 0, fixture.sender.getRef()));
        fixture.expectFailed(fixture.sender, refused);
      }
      fixture.ask(own);
      fixture.transport.tell(new TensorTransport.Send(own, 0, fixture.sender.getRef()));
      fixture.expectSent(own);
      fixture.expectArrived(own);
      assertEquals(-1, source.mismatch(destination));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aTensorOfAnotherSizeOrVersionFailsAndTheNextOnesArrive(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef sent = fixture.tensor(600_000);
      TensorRef larger = new TensorRef(sent.transfer(), 0, "x", 7, 600_001, sent.type());
      fixture.receive(larger);
      fixture.send(sent);
      String reason = fixture.expectFailed(fixture.receiver, larger);
      assertTrue(reason.contains("2400000") && reason.contains("2400004"), reason);
      assertTrue(fixture.sender.receiveMessage().tensor().equals(sent));

      TensorRef old = fixture.tensor(16);
      TensorRef current = new TensorRef(old.transfer(), 0, "x", 8, 16, old.type());
      fixture.receive(current);
      fixture.send(old);
      String versions = fixture.expectFailed(fixture.receiver, current);
      assertTrue(versions.contains("version=7") && versions.contains("version=8"), versions);
      assertTrue(fixture.sender.receiveMessage().tensor().equals(old));
      fixture.expectRoundtrip(600_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSourceClosedOnLoanFailsItsSenderOnly(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(16);
      try (Arena brief = Arena.ofShared()) {
        fixture.loans.lendSource(tensor, brief.allocate(tensor.bytes()));
      }
      fixture.receive(tensor);
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      assertTrue(fixture.expectFailed(fixture.sender, tensor).contains("not usable"));
      assertTrue(fixture.expectFailed(fixture.receiver, tensor).contains("not usable"));
      fixture.expectRoundtrip(600_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDestinationClosedOnLoanFailsItsReceiver(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(16);
      try (Arena brief = Arena.ofShared()) {
        fixture.loans.lendDestination(tensor, brief.allocate(tensor.bytes()));
      }
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      fixture.send(tensor);
      assertTrue(fixture.expectFailed(fixture.receiver, tensor).contains("not usable"));
      assertEquals(tensor, fixture.sender.receiveMessage().tensor());
      fixture.expectRoundtrip(600_000);
    }
  }

  /** The log is a file: the test changes a byte of a tensor that waits in it. */
  @Test
  void aTensorThatChangedOnItsWayFailsWithBothChecksums(@TempDir Path folder) throws IOException {
    TransportSettings settings = TransportFixture.settings(Local.AERON, folder.toString());
    try (TransportFixture fixture = new TransportFixture(settings)) {
      TensorRef tensor = fixture.tensor(300);
      fixture.lend(tensor);
      MemorySegment source = fixture.send(tensor);
      fixture.expectSent(tensor);
      flipOneByte(logFile(folder), source);
      fixture.ask(tensor);
      String reason = fixture.expectFailed(fixture.receiver, tensor);
      assertTrue(reason.contains("sentCrc32c=") && reason.contains("arrivedCrc32c="), reason);
      fixture.expectRoundtrip(300);
    }
  }

  private static Path logFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".logbuffer")).toList();
      assertEquals(1, logs.size());
      return logs.getFirst();
    }
  }

  private static void flipOneByte(Path file, MemorySegment tensor) throws IOException {
    long at;
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MemorySegment log = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      at = 0;
      while (tensor.mismatch(log.asSlice(at, tensor.byteSize())) >= 0) {
        at += 16;
      }
    }
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      log.seek(at + 99);
      log.write(tensor.get(ValueLayout.JAVA_BYTE, 99) ^ 0x40);
    }
  }
}

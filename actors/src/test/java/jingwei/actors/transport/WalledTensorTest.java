package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.zip.CRC32C;
import jingwei.actors.buffer.GradientBuffer;
import jingwei.actors.buffer.LentWeights;
import jingwei.actors.buffer.SlotWeights;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.kernel.WalledBackend;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors move between memory spaces, and only by copies. */
class WalledTensorTest {
  /** Less than a part, and two parts and a bit. */
  private static final int[] ELEMENTS = {17, 600_001};

  private static final ParameterLayout LAYOUT = layout();

  private final NativeMemory host = NativeMemory.unbounded("host");
  private final List<NativeMemory> devices =
      List.of(
          new WalledBackend().memory("device 0", Long.MAX_VALUE),
          new WalledBackend().memory("device 1", Long.MAX_VALUE));

  private static ParameterLayout layout() {
    var layout = new ParameterLayout.Builder();
    layout.weight("weight", 48, 16, 1);
    return layout.build();
  }

  @AfterEach
  void close() {
    devices.forEach(NativeMemory::close);
    host.close();
  }

  @ParameterizedTest
  @EnumSource
  void tensorsMoveBetweenSpacesByteForByte(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      for (int elements : ELEMENTS) {
        for (NativeMemory from : List.of(host, devices.getFirst())) {
          for (NativeMemory to : List.of(host, devices.getFirst(), devices.getLast())) {
            TensorRef tensor = fixture.tensor(elements);
            MemorySegment bytes = fixture.bytesOf(tensor);
            Matrix source = from.matrix(ElementType.FLOAT32, 1, elements);
            Matrix destination = to.matrix(ElementType.FLOAT32, 1, elements);
            source.write(0, bytes);
            fixture.loans.lendSource(tensor, source);
            fixture.loans.lendDestination(tensor, destination);
            request(fixture, tensor);
            int crc32c = fixture.expectArrived(tensor).crc32c();
            if (local == Local.AERON) {
              CRC32C crc = new CRC32C();
              crc.update(bytes.asByteBuffer());
              assertEquals((int) crc.getValue(), crc32c);
            }
            assertEquals(-1, bytes.mismatch(read(destination)));
          }
        }
      }
    }
  }

  @Test
  void handoverExchangesBuffersInsideOneSpaceOnly() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      NativeMemory device = devices.getFirst();
      GradientBuffer inHost = gradient(host);
      GradientBuffer inDevice = gradient(device);
      Matrix ofHost = inHost.flat();
      Matrix ofDevice = inDevice.flat();
      TensorRef tensor = fixture.tensor(LAYOUT.length());
      MemorySegment bytes = fixture.bytesOf(tensor);
      ofDevice.write(0, bytes);
      fixture.loans.lendSource(tensor, inDevice);
      fixture.loans.lendDestination(tensor, inHost);
      request(fixture, tensor);
      fixture.expectArrived(tensor);
      assertSame(ofHost, inHost.flat());
      assertSame(ofDevice, inDevice.flat());
      assertEquals(-1, bytes.mismatch(ofHost.segment()));

      GradientBuffer other = gradient(device);
      TensorRef exchanged = fixture.tensor(LAYOUT.length());
      fixture.loans.lendSource(exchanged, inDevice);
      fixture.loans.lendDestination(exchanged, other);
      request(fixture, exchanged);
      fixture.expectArrived(exchanged);
      assertSame(ofDevice, other.flat());
    }
  }

  @Test
  void handoverLendsWeightsInsideOneSpaceOnly() {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      NativeMemory device = devices.getFirst();
      ParameterSet weights = new ParameterSet(LAYOUT, ElementType.FLOAT32, host);
      weights.initialise(3, "expert");
      SlotWeights slot = new SlotWeights(LAYOUT, ElementType.FLOAT32, device);
      TensorRef tensor = fixture.tensor(LAYOUT.length());
      fixture.loans.lendSource(tensor, new LentWeights(weights));
      fixture.loans.lendDestination(tensor, slot);
      request(fixture, tensor);
      fixture.expectArrived(tensor);
      assertNotSame(weights, slot.current());
      assertEquals(-1, weights.flat().segment().mismatch(read(slot.current().flat())));
    }
  }

  @ParameterizedTest
  @EnumSource
  void memoryThatIsClosedFailsBothEndsOfItsTensorOnly(Local local) {
    try (TransportFixture fixture = new TransportFixture(local)) {
      TensorRef tensor = fixture.tensor(17);
      NativeMemory device = devices.getFirst();
      fixture.loans.lendSource(tensor, device.matrix(ElementType.FLOAT32, 1, 17));
      fixture.loans.lendDestination(tensor, host.matrix(ElementType.FLOAT32, 1, 17));
      device.close();
      fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
      fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
      String reason = fixture.expectFailed(fixture.sender, tensor);
      assertTrue(reason.contains("is closed"), reason);
      assertEquals(reason, fixture.expectFailed(fixture.receiver, tensor));
      fixture.expectRoundtrip(1000);
    }
  }

  private static void request(TransportFixture fixture, TensorRef tensor) {
    fixture.transport.tell(new TensorTransport.Receive(tensor, fixture.receiver.getRef()));
    fixture.transport.tell(new TensorTransport.Send(tensor, 0, fixture.sender.getRef()));
    fixture.expectSent(tensor);
  }

  private static GradientBuffer gradient(NativeMemory memory) {
    return new GradientBuffer(LAYOUT, 1, ElementType.FLOAT32, memory);
  }

  private MemorySegment read(Matrix matrix) {
    Matrix copy = host.matrix(matrix.type(), matrix.rows(), matrix.columns());
    matrix.read(0, copy.segment());
    return copy.segment();
  }
}

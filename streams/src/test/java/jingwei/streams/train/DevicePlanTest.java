package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jingwei.actors.device.Device;
import jingwei.actors.memory.DevicePlan;
import jingwei.actors.memory.MemoryNeed;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Eight micro-batches a step. */
class DevicePlanTest {
  private static final ElementType TYPE = ElementType.FLOAT32;
  private static final BatchSettings BATCHES =
      new BatchSettings(8, 1, 1, 16, 0, BatchSettings.equalWeights(TinySession.DOMAINS));
  private static final TinySession SESSION =
      new TinySession(TinySession.shape(2, 2), BATCHES, TinySession.rules(Clip.GLOBAL, 1, 0, 0));
  private static final ActorSettings SETTINGS = TinySession.settings(2, 1, Local.HANDOVER);
  private static final Decoder DECODER = new Decoder(SESSION.shape);
  private static final long USEFUL = MemoryNeed.usefulSlots(DECODER, SESSION.rules, SETTINGS);

  private record Planned(int buffers, long slots) {}

  @Test
  void takesAsManyBuffersAsAStepCanUseIfMemoryHasNoBudget() {
    assertEquals(new Planned(8, USEFUL), planned(SETTINGS, Long.MAX_VALUE));
    assertEquals(
        new Planned(3, USEFUL), planned(TinySession.inFlight(3, SETTINGS), Long.MAX_VALUE));
    assertEquals(
        new Planned(8, USEFUL),
        planned(TinySession.inFlight(Integer.MAX_VALUE, SETTINGS), Long.MAX_VALUE));
    ActorSettings recomputing = TinySession.settings(2, 1, Local.HANDOVER, true);
    assertEquals(new Planned(4, USEFUL), planned(recomputing, Long.MAX_VALUE));
  }

  @ParameterizedTest
  @CsvSource({"4, 0, 4", "5, 0, 5", "5, -64, 4", "8, 0, 8", "8, -64, 7"})
  void takesMoreThanFourOnlyFromMemoryThatUsefulSlotsLeave(int room, long bytes, int buffers) {
    long budget = roomFor(room) + bytes;
    assertEquals(new Planned(buffers, USEFUL), planned(SETTINGS, budget));
  }

  @Test
  void countsRoomOnTheHostForGradientsThatSlotsCannotKeep() {
    String item = "gradients of experts that make room for others";
    assertEquals(false, need(roomFor(4)).host().containsKey(item));
    assertEquals(true, need(roomFor(4) - 64).host().containsKey(item));
    assertEquals(4, planned(SETTINGS, roomFor(4) - 64).buffers);
    assertEquals(USEFUL - 1, planned(SETTINGS, roomFor(4) - 64).slots);
  }

  @Test
  void startsWithTheLeastThatIsNeeded() {
    long least = need(Long.MAX_VALUE).deviceBytes();
    assertEquals(new Planned(1, MemoryNeed.FEWEST_SLOTS), planned(SETTINGS, least));
  }

  /** Device bytes for these activation buffers and all useful slots. */
  private static long roomFor(int buffers) {
    MemoryNeed least = need(Long.MAX_VALUE);
    long bufferBytes = least.device().get("a micro-batch in flight");
    long slotBytes = Device.slotBytes(DECODER, 1, TYPE);
    return least.deviceBytes()
        + (buffers - 1) * bufferBytes
        + (USEFUL - MemoryNeed.FEWEST_SLOTS) * slotBytes;
  }

  private static MemoryNeed need(long budget) {
    return MemoryNeed.ofActors(DECODER, TYPE, SESSION.rules, SETTINGS, BATCHES, budget);
  }

  private static Planned planned(ActorSettings settings, long budget) {
    try (NativeMemory device = new NativeMemory("device", budget)) {
      DevicePlan plan = SESSION.devicePlan(settings, device);
      return new Planned(plan.activations().size(), plan.slots());
    }
  }
}

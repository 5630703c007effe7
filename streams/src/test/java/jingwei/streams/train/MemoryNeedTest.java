package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.memory.MemoryNeed;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class MemoryNeedTest {
  private static final int STEPS = 12;

  @ParameterizedTest
  @CsvSource({"1, 0, 1", "2, 0, 1", "1, 2, 2", "2, 1, 2"})
  void isEnoughToTheLastByteAndGivesTheSameBits(int replicas, int delay, int workers) {
    TinySession session = session(replicas, delay);
    ActorSettings settings = TinySession.settings(workers, 1, Local.AERON);
    MemoryNeed need = need(session, settings, 0);
    assertEquals(
        session.throughReference(STEPS).fingerprints(),
        run(session, settings, need.deviceBytes(), need.hostBytes()));
    assertThrows(
        UserException.class,
        () -> run(session, settings, need.deviceBytes() - 64, need.hostBytes()));
  }

  /** A step has fewer domains than the model, so its gradients leave no room for old versions. */
  @ParameterizedTest
  @CsvSource({"0", "1", "2"})
  void isEnoughIfAStepActivatesFewExpertsAndReadsOldVersions(int delay) {
    TinySession session =
        new TinySession(
            TinySession.shape(6, 2),
            TinySession.batches(1, 1),
            TinySession.rules(Clip.GLOBAL, 1, delay, 0));
    ActorSettings settings = TinySession.settings(2, 1, Local.AERON);
    MemoryNeed need = need(session, settings, Long.MAX_VALUE);
    assertEquals(
        session.throughReference(STEPS).fingerprints(),
        run(session, settings, Long.MAX_VALUE, need.hostBytes()));
    MemoryNeed ofReference =
        MemoryNeed.ofReference(
            new Decoder(session.shape), ElementType.FLOAT32, session.rules, session.batches);
    assertEquals(
        session.throughReference(STEPS).fingerprints(),
        session
            .throughReference(STEPS, ofReference.deviceBytes(), ofReference.hostBytes())
            .fingerprints());
  }

  /** 63 times the 67 million weights of the embedding are more than one place can hold. */
  @Test
  void refusesReplicasWhoseGradientsAreTooLong() {
    Decoder decoder =
        new Decoder(
            new DecoderShape(
                1 << 20,
                16,
                new DecoderShape.Sizes(64, 2, 32),
                new DecoderShape.Stack(1, 1, true),
                new DecoderShape.Experts(2, 2)));
    StepRules rules = TinySession.rules(Clip.GLOBAL, 63, 0, 0);
    BatchSettings batches = new BatchSettings(63, 1, 63, 16, 0, BatchSettings.equalWeights(2));
    ActorSettings settings = TinySession.settings(1, 1, Local.HANDOVER);
    for (Executable need :
        List.<Executable>of(
            () -> MemoryNeed.ofActors(decoder, ElementType.FLOAT32, rules, settings, batches, 0),
            () -> MemoryNeed.ofReference(decoder, ElementType.FLOAT32, rules, batches))) {
      UserException refused = assertThrows(UserException.class, need);
      assertTrue(refused.getMessage().contains("choose fewer replicas"), refused.getMessage());
    }
  }

  @Test
  void needsLessOnTheHostIfNoExpertIsEvicted() {
    TinySession session = session(1, 0);
    ActorSettings settings = TinySession.settings(2, 1, Local.AERON);
    MemoryNeed roomy = need(session, settings, Long.MAX_VALUE);
    assertTrue(roomy.hostBytes() < need(session, settings, 0).hostBytes());
    assertEquals(
        session.throughReference(STEPS).fingerprints(),
        run(session, settings, Long.MAX_VALUE, roomy.hostBytes()));
  }

  @Test
  void namesNeededAndAvailableBytesBeforeAnyIsAllocated() {
    MemoryNeed need = need(session(1, 0), TinySession.settings(2, 1, Local.AERON), 0);
    long device = need.deviceBytes();
    long host = need.hostBytes();
    need.refuseTooLittle(device, host, device + host);
    assertNamed("device.memory", device, () -> need.refuseTooLittle(device - 1, host, 1L << 60));
    assertNamed("host.memory", host, () -> need.refuseTooLittle(device, host - 1, 1L << 60));
    assertNamed(
        "The machine", device + host, () -> need.refuseTooLittle(device, host, device + host - 1));
  }

  private static void assertNamed(String what, long needed, Runnable refused) {
    String message = assertThrows(UserException.class, refused::run).getMessage();
    assertTrue(message.startsWith(what), message);
    assertTrue(message.contains("%,d bytes needed".formatted(needed)), message);
    assertTrue(message.contains("%,d bytes available".formatted(needed - 1)), message);
  }

  private static Object run(
      TinySession session, ActorSettings settings, long deviceBytes, long hostBytes) {
    try (NativeMemory host = new NativeMemory("host", hostBytes);
        NativeMemory device = new NativeMemory("device", deviceBytes);
        ActorTrainer trainer = session.trainer(settings, device, host, FaultPlan.none())) {
      trainer.run(STEPS, (batch, result, reads, activity) -> {}, () -> false);
      return TinyRun.fingerprints(trainer.states());
    }
  }

  private static MemoryNeed need(TinySession session, ActorSettings settings, long deviceBudget) {
    return MemoryNeed.ofActors(
        new Decoder(session.shape),
        ElementType.FLOAT32,
        session.rules,
        settings,
        session.batches,
        deviceBudget);
  }

  private static TinySession session(int replicas, int delay) {
    return new TinySession(
        TinySession.shape(6, 2),
        TinySession.batches(replicas, 0),
        TinySession.rules(Clip.GLOBAL, replicas, delay, 0));
  }
}

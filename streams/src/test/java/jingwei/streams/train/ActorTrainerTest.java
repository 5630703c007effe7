package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepResult;
import jingwei.model.step.SumOrder;
import jingwei.streams.train.TinySession.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The weights are those of the reference trainer under all settings of the machine. */
@Timeout(120)
class ActorTrainerTest {
  private static final int STEPS = 30;
  private static final int ACTIVATED = 24;
  private static final TinySession PLAIN = session(Clip.GLOBAL, 1, 0, 0);
  private static final Map<List<Object>, Outcome> REFERENCES = new HashMap<>();

  static Stream<Arguments> machines() {
    List<Arguments> machines = new ArrayList<>();
    for (int workers : new int[] {1, 2}) {
      for (int lookahead : new int[] {0, 1, 8}) {
        for (int share : new int[] {1, 2, 6}) {
          for (Local local : Local.values()) {
            machines.add(Arguments.of(workers, lookahead, share, local));
          }
        }
      }
    }
    return machines.stream();
  }

  /**
   * @param share the device holds the experts that a step activates, divided by this
   */
  @ParameterizedTest
  @MethodSource("machines")
  void hasTheBitsOfTheReferenceOnAnyMachine(int workers, int lookahead, int share, Local local) {
    ActorSettings settings = TinySession.settings(workers, lookahead, local);
    long budget = PLAIN.budgetFor(ACTIVATED / share, settings);
    Outcome actors = PLAIN.throughActors(STEPS, settings, budget, FaultPlan.none());
    assertSame(reference(PLAIN), actors);
    assertTrue(actors.deviceBytes() <= budget, actors.deviceBytes() + " of " + budget);
    int activated = actors.results().stream().mapToInt(StepResult::activeExperts).sum();
    assertEquals(
        activated, actors.ecss().residencies().total(), "each is counted once: " + actors.ecss());
    if (share > 1) {
      assertTrue(actors.ecss().residencies().refetches() > 0, actors.ecss().toString());
    }
  }

  /** Recomputed activations have the same bits and need less memory. */
  @ParameterizedTest
  @CsvSource({"1, 0, 0", "2, 0, 0", "2, 2, 0", "2, 0, 1"})
  void hasTheBitsOfTheReferenceIfActivationsAreRecomputed(int workers, int delay, int share) {
    TinySession session = TinySession.ofManyDenseBlocks(delay);
    ActorSettings keeping = TinySession.settings(workers, 1, Local.AERON);
    ActorSettings recomputing = TinySession.settings(workers, 1, Local.AERON, true);
    long budget = share == 0 ? Long.MAX_VALUE : session.budgetFor(ACTIVATED / 3, recomputing);
    Outcome kept = session.throughActors(STEPS, keeping, Long.MAX_VALUE, FaultPlan.none());
    Outcome again = session.throughActors(STEPS, recomputing, budget, FaultPlan.none());
    assertSame(reference(session), again);
    if (share == 0) {
      assertTrue(again.deviceBytes() < kept.deviceBytes(), again + " and " + kept);
    }
  }

  /** Buffers are reused within a step before stages above have computed their weight gradients. */
  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 0", "0, 1", "2, 1", "5, 1"})
  void hasTheBitsOfTheReferenceForAnyNumberOfMicroBatchesInFlight(int inFlight, int delay) {
    BatchSettings batches =
        new BatchSettings(8, 1, 1, 16, 0, BatchSettings.equalWeights(TinySession.DOMAINS));
    TinySession session =
        new TinySession(
            TinySession.shape(2, 2), batches, TinySession.rules(Clip.GLOBAL, 1, delay, 0));
    ActorSettings settings =
        TinySession.inFlight(inFlight, TinySession.settings(2, 1, Local.HANDOVER));
    assertSame(
        reference(session),
        session.throughActors(STEPS, settings, Long.MAX_VALUE, FaultPlan.none()));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, AERON",
    "2, 1, AERON",
    "4, 1, AERON",
    "2, 2, AERON",
    "4, 2, AERON",
    "2, 2, HANDOVER"
  })
  void addsUpLogicalReplicasLikeTheirReference(int replicas, int workers, Local local) {
    TinySession session = session(Clip.GLOBAL, replicas, 0, 0);
    ActorSettings settings = TinySession.settings(workers, 1, local);
    long third = session.budgetFor(ACTIVATED / 3, settings);
    assertSame(reference(session), session.throughActors(STEPS, settings, third, FaultPlan.none()));
  }

  @Test
  void replicasChangeOnlyTheRounding() {
    List<Integer> one = reference(PLAIN).fingerprints();
    Outcome two = reference(session(Clip.GLOBAL, 2, 0, 0));
    assertNotEquals(one, two.fingerprints());
    assertEquals(reference(PLAIN).losses().getLast(), two.losses().getLast(), 1e-3);
  }

  /** Micro-batches overtake each other, so the sums have other roundings from run to run. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theOrderOfArrivalChangesOnlyTheRounding(int replicas) {
    TinySession fixed = session(Clip.GLOBAL, replicas, 0, 0);
    TinySession arrival =
        new TinySession(fixed.shape, fixed.batches, fixed.rules.in(SumOrder.ARRIVAL));
    assertEquals(
        reference(fixed).losses().getLast(),
        arrival.throughActors(STEPS, TinySession.settings(2, 1, Local.AERON)).losses().getLast(),
        1e-3);
  }

  /**
   * Steps are decided before they are measured, and slots are scarce: an expert may finish a step
   * before the one that it was evicted in.
   */
  @ParameterizedTest
  @CsvSource({"1,2,0", "1,9,1", "2,3,0", "2,5,1", "2,9,0", "2,9,1"})
  void appliesGradientsInOrderWhereStepsAreDecidedEarly(int delay, int slots, int lookahead) {
    BatchSettings batches = new BatchSettings(2, 1, 1, 16, 0, BatchSettings.equalWeights(2));
    TinySession session =
        new TinySession(
            TinySession.shape(3, 4), batches, TinySession.rules(Clip.PER_OWNER, 1, delay, 0));
    ActorSettings settings =
        TinySession.inFlight(6, TinySession.settings(2, lookahead, Local.AERON));
    long budget = session.budgetFor(slots, settings);
    assertEquals(
        session.throughReference(30).fingerprints(),
        session.throughActors(30, settings, budget, FaultPlan.none()).fingerprints());
  }

  @ParameterizedTest
  @CsvSource({
    "GLOBAL, 0, 1, AERON",
    "GLOBAL, 1, 2, AERON",
    "GLOBAL, 2, 1, AERON",
    "GLOBAL, 2, 2, HANDOVER",
    "PER_OWNER, 0, 2, HANDOVER",
    "PER_OWNER, 1, 1, AERON",
    "PREVIOUS_NORM, 0, 2, HANDOVER",
    "PREVIOUS_NORM, 2, 2, AERON"
  })
  void readsTheSameVersionsAsItsReference(Clip clip, int delay, int workers, Local local) {
    TinySession session = session(clip, 1, delay, 0);
    Outcome reference = reference(session);
    for (int share : new int[] {1, 3}) {
      ActorSettings settings = TinySession.settings(workers, 1, local);
      long budget = session.budgetFor((1 + delay) * ACTIVATED / share, settings);
      Outcome actors = session.throughActors(STEPS, settings, budget, FaultPlan.none());
      assertSame(reference, actors);
      assertEquals(delay, actors.stalenessMax());
    }
  }

  @ParameterizedTest
  @EnumSource
  void reachesButNeverExceedsTheBoundAndReplays(Local local) {
    TinySession session = session(Clip.GLOBAL, 1, 0, 2);
    FaultPlan slowStore = new FaultPlan(List.of(), Duration.ofMillis(20));
    Outcome actors =
        session.throughActors(STEPS, TinySession.settings(2, 1, local), Long.MAX_VALUE, slowStore);
    assertEquals(2, actors.stalenessMax());
    assertSame(session.throughReference(STEPS, actors.reads()), actors);
  }

  @ParameterizedTest
  @CsvSource({"1, AERON", "2, HANDOVER"})
  void fetchesEveryExpertBeforeItsFirstToken(int lookahead, Local local) {
    TinySession session = TinySession.ofLongSteps();
    ActorSettings settings = TinySession.settings(1, lookahead, local);
    long twoSets = session.budgetFor(ACTIVATED, settings);
    List<EcssCounters> counters = new ArrayList<>();
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = new NativeMemory("device", twoSets);
        ActorTrainer trainer = session.trainer(settings, device, host, FaultPlan.none())) {
      trainer.run(
          STEPS, (batch, result, reads, activity) -> counters.add(activity.ecss()), () -> false);
    }
    EcssCounters first = counters.getFirst();
    EcssCounters later = counters.getLast().since(first);
    assertEquals(0, later.residencies().misses(), later.toString());
    assertEquals(0, later.residencies().refetches(), later.toString());
    assertEquals(
        0, later.residencies().versionWaits(), "consecutive steps share no domain: " + later);
    EcssCounters all = counters.getLast();
    assertTrue(all.bytes().toDevice() <= 1.02 * all.bytes().activated(), all.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 64, 256})
  void keepsTheDeviceUnderItsBudgetForAnyNumberOfExperts(int expertsPerLayer) {
    int layers = 2;
    TinySession session = TinySession.ofManyExperts(layers, expertsPerLayer);
    ActorSettings settings = TinySession.settings(2, 1, Local.AERON);
    long budget = session.budgetFor(8, settings);
    Outcome actors = session.throughActors(STEPS, settings, budget, FaultPlan.none());
    assertTrue(actors.deviceBytes() <= budget, actors.deviceBytes() + " of " + budget);
    Set<String> activated = new HashSet<>();
    actors.results().forEach(result -> activated.addAll(result.expertVersions().keySet()));
    assertEquals(layers * expertsPerLayer, activated.size(), "every expert was activated");
    assertSame(session.throughReference(STEPS), actors);
  }

  /** Every document is a row long, so a step takes as many as it has rows. */
  @Test
  void readsNoFurtherAheadThanTheWindowAndOnItsOwnThread() {
    AtomicInteger asked = new AtomicInteger();
    Set<String> threads = ConcurrentHashMap.newKeySet();
    DocumentSource own =
        new DocumentSource() {
          @Override
          public EncodedDocument read(int index) {
            asked.incrementAndGet();
            threads.add(Thread.currentThread().getName());
            return TinyRun.documents(0, 1, 17).getFirst();
          }

          @Override
          public int size() {
            return 1000;
          }
        };
    TinySession session =
        new TinySession(PLAIN.shape, PLAIN.batches, PLAIN.rules, List.of(own, DocumentSource.NONE));
    ActorSettings settings = TinySession.settings(1, 0, Local.HANDOVER);
    int most = 0;
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = NativeMemory.unbounded("device");
        ActorTrainer trainer = session.trainer(settings, device, host, FaultPlan.none())) {
      for (int step = 1; step <= STEPS; step++) {
        trainer.run(step, (batch, result, reads, activity) -> {}, () -> false);
        most = Math.max(most, asked.get() / PLAIN.batches.rows() - step);
      }
    }
    assertTrue(most <= 6, "batches ahead: " + most);
    assertEquals(1, threads.size(), threads.toString());
    assertTrue(threads.iterator().next().contains("jingwei.tokenising"), threads.toString());
  }

  /** One slot for each expert of a step and no prefetch: the experts needed at once are known. */
  @Test
  void takesNoMemoryAfterTheFirstSteps() {
    TinySession session = PLAIN;
    ActorSettings settings = TinySession.settings(2, 0, Local.AERON);
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = new NativeMemory("device", session.budgetFor(ACTIVATED, settings));
        ActorTrainer trainer = session.trainer(settings, device, host, FaultPlan.none())) {
      trainer.run(20, (batch, result, reads, activity) -> {}, () -> false);
      long used = host.usedBytes() + device.usedBytes();
      trainer.run(80, (batch, result, reads, activity) -> {}, () -> false);
      assertEquals(used, host.usedBytes() + device.usedBytes());
    }
  }

  @ParameterizedTest
  @EnumSource(Clip.class)
  void stopsOnRequestAndContinuesWhereItStopped(Clip clip) {
    TinySession session = session(clip, 1, 0, 0);
    ActorSettings settings = TinySession.settings(2, 1, Local.AERON);
    List<StepResult> results = new ArrayList<>();
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = NativeMemory.unbounded("device");
        ActorTrainer trainer = session.trainer(settings, device, host, FaultPlan.none())) {
      long rested =
          trainer.run(
              STEPS,
              (batch, result, reads, activity) -> results.add(result),
              () -> !results.isEmpty());
      assertTrue(rested >= 1 && rested < STEPS, "rested at " + rested);
      assertEquals(rested, results.size());
      assertEquals(rested, trainer.position().step());
      trainer.run(STEPS, (batch, result, reads, activity) -> results.add(result), () -> false);
    }
    assertEquals(reference(session).results(), results);
  }

  private static TinySession session(Clip clip, int replicas, int delay, int bound) {
    return new TinySession(
        TinySession.shape(6, 2),
        TinySession.batches(replicas, 0),
        TinySession.rules(clip, replicas, delay, bound));
  }

  private static Outcome reference(TinySession session) {
    return REFERENCES.computeIfAbsent(
        List.of(session.shape, session.batches, session.rules),
        key -> session.throughReference(STEPS));
  }

  private static void assertSame(Outcome reference, Outcome actors) {
    assertEquals(reference.results(), actors.results());
    assertEquals(reference.fingerprints(), actors.fingerprints());
    assertEquals(reference.position(), actors.position());
  }
}

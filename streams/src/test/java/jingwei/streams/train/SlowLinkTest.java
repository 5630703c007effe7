package jingwei.streams.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.TinyRun;
import jingwei.model.step.StepResult;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A slow link between device and host takes time and changes no bit. */
@Timeout(60)
class SlowLinkTest {
  private static final int STEPS = 4;
  private static final LinkSpeed UP = new LinkSpeed(2_000_000, 50_000);
  private static final LinkSpeed DOWN = new LinkSpeed(1_000_000, 0);

  private record Commit(long nanos, StepResult result, EcssCounters ecss) {}

  /** Its slots hold half of the experts of a step, so partial gradients move, too. */
  @ParameterizedTest
  @CsvSource({"0, AERON, 0, 0", "1, AERON, 0, 0", "1, HANDOVER, 0, 0", "0, AERON, 1, 1"})
  void hasTheBitsOfTheReferenceAndTakesTheTimeOfTheLink(
      int delay, Local local, int devices, int hosts) {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(1, 0),
            TinySession.rules(Clip.GLOBAL, 1, delay, 0));
    ActorSettings settings = TinySession.settings(2, 0, local).withLink(new LinkSettings(UP, DOWN));
    long budget = session.budgetFor(8, settings);
    TinySession.Outcome reference = session.throughReference(STEPS);
    List<Commit> commits = new ArrayList<>();
    try (ActorTrainer trainer =
        session.trainer(
            settings,
            new NodeSettings(devices, hosts),
            NodeResources.Hardware.cpu(budget, Long.MAX_VALUE),
            FaultPlan.none())) {
      trainer.run(
          STEPS,
          (batch, result, reads, activity) ->
              commits.add(new Commit(System.nanoTime(), result, activity.ecss())),
          () -> false);
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
    assertEquals(reference.results(), commits.stream().map(Commit::result).toList());
    long nanos = commits.getLast().nanos - commits.getFirst().nanos;
    EcssCounters.Bytes bytes = commits.getLast().ecss.since(commits.getFirst().ecss).bytes();
    assertTrue(bytes.toDevice() > 0 && bytes.toHost() > 0, bytes.toString());
    assertTrue(nanos >= UP.occupiedNanos(bytes.toDevice()), nanos + " ns for " + bytes);
    assertTrue(nanos >= DOWN.occupiedNanos(bytes.toHost()), nanos + " ns for " + bytes);
  }

  /** The receiver is another node, which does not see the bytes that are on the link. */
  @Test
  @Tag("long")
  void aLatencyLongerThanTheDeadlinesFailsNothing() {
    TinySession session =
        new TinySession(
            TinySession.shape(2, 4),
            TinySession.batches(1, 0),
            TinySession.rules(Clip.GLOBAL, 1, 0, 0));
    LinkSpeed late = new LinkSpeed(Long.MAX_VALUE, TimeUnit.SECONDS.toNanos(5));
    ActorSettings settings =
        TinySession.settings(2, 0, Local.AERON)
            .withDeadline(Duration.ofSeconds(2))
            .withLink(LinkSettings.both(late));
    TinySession.Outcome reference = session.throughReference(1);
    try (ActorTrainer trainer =
        session.trainer(
            settings,
            new NodeSettings(1, 1),
            NodeResources.Hardware.cpu(Long.MAX_VALUE, Long.MAX_VALUE),
            FaultPlan.none())) {
      trainer.run(1, (batch, result, reads, activity) -> {}, () -> false);
      assertEquals(reference.fingerprints(), TinyRun.fingerprints(trainer.states()));
    }
  }
}

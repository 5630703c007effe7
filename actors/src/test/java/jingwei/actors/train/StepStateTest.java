package jingwei.actors.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.TokenLosses;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.routing.RouteTable;
import jingwei.model.step.StepDecision;
import jingwei.model.step.StepResult;
import jingwei.model.step.Verdict;
import org.junit.jupiter.api.Test;

/**
 * Owners: 0 embedding, 1 a dense block, 2 a routed block, 3 to 6 its experts, 7 output. The batch
 * activates experts 3 and 6.
 */
class StepStateTest {
  private static final Decoder DECODER =
      new Decoder(
          new DecoderShape(
              4,
              4,
              new DecoderShape.Sizes(4, 1, 4),
              new DecoderShape.Stack(1, 1, false),
              new DecoderShape.Experts(2, 2)));
  private static final List<Integer> OWNERS = List.of(0, 1, 2, 3, 6, 7);
  private static final double[][] LOSSES = {{1, 2, Double.NaN}, {1, 1.5, 2}};
  private static final LossMeter METER = new LossMeter(new int[] {1, 1, 1, 1}, 2);

  @Test
  void isMeasuredWhenLossesAndTheGradientsOfAllActiveOwnersAreThere() {
    StepState state = state(5);
    OWNERS.forEach(owner -> measure(state, owner, 1));
    assertFalse(state.isMeasured());
    state.take(losses(5, 1));
    assertFalse(state.isMeasured());
    state.take(losses(5, 0));
    assertTrue(state.isMeasured());
    for (int missing : OWNERS) {
      StepState other = state(5);
      other.take(losses(5, 0));
      other.take(losses(5, 1));
      OWNERS.stream().filter(o -> o != missing).forEach(owner -> measure(other, owner, 1));
      assertFalse(other.isMeasured(), "without owner " + missing);
    }
  }

  @Test
  void isCommittedWhenEveryOwnerHasUpdatedAndEveryBufferIsFree() {
    List<StepEvent> last = new ArrayList<>();
    OWNERS.forEach(owner -> last.add(new StepEvent.Updated(1, 5, owner, 9)));
    last.add(passed(5, 0));
    last.add(passed(5, 1));
    Collections.rotate(last, 3);
    StepState state = measured(5);
    state.judged(verdict(false, 0.1));
    for (StepEvent event : last) {
      assertFalse(state.isCommitted(), "before " + event);
      state.take(event);
    }
    assertTrue(state.isCommitted());
  }

  @Test
  void isNotCommittedBeforeItIsJudged() {
    StepState state = measured(5);
    state.take(passed(5, 0));
    state.take(passed(5, 1));
    assertFalse(state.isCommitted());
    state.judged(verdict(true, 0.1));
    assertFalse(state.isCommitted());
    OWNERS.forEach(owner -> state.take(new StepEvent.Updated(1, 5, owner, 9)));
    assertTrue(state.isCommitted());
  }

  @Test
  void isNotCommittedBeforeItIsJudgedEvenIfDecidedEarly() {
    StepState state = measured(5);
    assertFalse(state.isDecided());
    state.decidedEarly();
    assertTrue(state.isDecided());
    finish(state);
    assertFalse(state.isCommitted());
    state.judged(verdict(false, 0.1));
    assertTrue(state.isCommitted());
  }

  @Test
  void isEvaluatedWhenLossesAreThereAndEveryBufferIsFree() {
    StepState state = state(-5);
    assertFalse(state.isTraining());
    state.take(passed(-5, 0));
    state.take(losses(-5, 0));
    state.take(losses(-5, 1));
    assertFalse(state.isEvaluated());
    state.take(passed(-5, 1));
    assertTrue(state.isEvaluated());
    assertEquals(domains(), state.domains());
    StepState without = state(-5);
    without.take(passed(-5, 0));
    without.take(passed(-5, 1));
    without.take(losses(-5, 1));
    assertFalse(without.isEvaluated());
  }

  @Test
  void recordsAReportOnce() {
    StepState state = state(5);
    state.decidedEarly();
    List<StepEvent> events =
        List.of(
            losses(5, 0),
            new StepEvent.Measured(1, 5, 3, 1, 4),
            new StepEvent.Updated(1, 5, 3, 1),
            passed(5, 1));
    events.forEach(event -> assertTrue(state.take(event)));
    events.forEach(event -> assertFalse(state.take(event)));
    assertFalse(state.take(new StepEvent.Measured(1, 5, 3, 100, 5)));
    assertEquals(1, state.norm());
    assertEquals(Map.of(3, 4L), state.reads());
  }

  @Test
  void refusesAReportThatCannotCome() {
    StepState state = state(5);
    String noGradient = "an owner without a gradient";
    for (int owner : new int[] {-1, 4, 5, 8}) {
      refuses(state, new StepEvent.Measured(1, 5, owner, 1, 4), noGradient);
      refuses(state, new StepEvent.Updated(1, 5, owner, 1), noGradient);
    }
    refuses(state, new StepEvent.Updated(1, 5, 3, 1), "before the step is decided");
    for (int index : new int[] {-1, 2}) {
      refuses(state, passed(5, index), "a micro-batch that does not exist");
      refuses(state, losses(5, index), "a micro-batch that does not exist");
    }
    StepState evaluation = state(-5);
    refuses(evaluation, new StepEvent.Measured(1, -5, 0, 1, 4), noGradient);
  }

  private static void refuses(StepState state, StepEvent event, String reason) {
    String message =
        assertThrows(IllegalStateException.class, () -> state.take(event)).getMessage();
    assertTrue(message.contains(reason) && message.contains(event.toString()), message);
  }

  @Test
  void addsTheNormUpInTheOrderOfOwnersNotOfReports() {
    double[] squares = {1e16, 1, 1, 1, 1, 1};
    assertNotEquals(1e8, Math.sqrt(1 + 1 + 1 + 1 + 1 + 1e16), "the order does not matter");
    StepState forwards = state(5);
    StepState backwards = state(5);
    for (int i = 0; i < squares.length; i++) {
      measure(forwards, OWNERS.get(i), squares[i]);
      int last = squares.length - 1 - i;
      measure(backwards, OWNERS.get(last), squares[last]);
    }
    assertEquals(1e8, forwards.norm());
    assertEquals(1e8, backwards.norm());
  }

  @Test
  void hasTheMeanLossOfAllTargets() {
    assertEquals(1.5, measured(5).loss());
  }

  @Test
  void hasAResult() {
    StepState state = state(5);
    state.decidedEarly();
    state.take(losses(5, 0));
    state.take(losses(5, 1));
    for (int owner : OWNERS) {
      long readAsOf = owner == 6 ? 2 : 4;
      state.take(new StepEvent.Measured(1, 5, owner, 1.5, readAsOf));
      state.take(new StepEvent.Updated(1, 5, owner, 10 + owner));
    }
    Verdict verdict = verdict(false, 0.25);
    state.judged(verdict);
    Map<String, Long> versions = Map.of("blocks.1.experts.0", 13L, "blocks.1.experts.3", 16L);
    assertEquals(new StepResult(verdict, 6, domains(), new TreeMap<>(versions), 2), state.result());
    assertEquals(Map.of(0, 4L, 1, 4L, 2, 4L, 3, 4L, 6, 2L, 7, 4L), state.reads());
    state.judged(verdict(true, 0.25));
    assertFalse(state.result().isApplied());
  }

  @Test
  void namesMissingReports() {
    StepState state = state(5);
    assertEquals(
        "2 of 2 micro-batches to come back, gradients of 6 owners, among them output",
        state.waitsFor());
    state.isAt(0, "output");
    state.isAt(1, "blocks.1");
    assertEquals(
        "2 of 2 micro-batches to come back, the first of device 0 at output, the first of device 1 at blocks.1, gradients of 6 owners, among them output",
        state.waitsFor());
    state = state(5);
    state.take(passed(5, 0));
    measure(state, 7, 1);
    measure(state, 3, 1);
    assertEquals(
        "1 of 2 micro-batches to come back, gradients of 4 owners, among them blocks.1",
        state.waitsFor());
    state.take(passed(5, 1));
    for (int owner : new int[] {0, 1, 2, 6}) {
      measure(state, owner, 1);
    }
    state.decidedEarly();
    assertEquals("updates of 6 owners, among them output", state.waitsFor());
    for (int owner : new int[] {0, 1, 2, 7}) {
      state.take(new StepEvent.Updated(1, 5, owner, 1));
    }
    assertEquals("updates of 2 owners, among them blocks.1.experts.3", state.waitsFor());
    assertEquals("2 of 2 micro-batches to come back", state(-5).waitsFor());
  }

  private static Verdict verdict(boolean isRefused, double rate) {
    StepDecision decision = new StepDecision(5, isRefused, 5, rate, 3, Double.NaN);
    return new Verdict(decision, 2, 3, Optional.empty());
  }

  private static StepState measured(long step) {
    StepState state = state(step);
    state.take(losses(step, 0));
    state.take(losses(step, 1));
    OWNERS.forEach(owner -> measure(state, owner, 1));
    return state;
  }

  private static void measure(StepState state, int owner, double squares) {
    state.take(new StepEvent.Measured(1, 5, owner, squares, 4));
  }

  private static void finish(StepState state) {
    OWNERS.forEach(owner -> state.take(new StepEvent.Updated(1, 5, owner, 9)));
    state.take(passed(5, 0));
    state.take(passed(5, 1));
  }

  private static StepEvent passed(long step, int index) {
    return new StepEvent.Passed(1, step, index);
  }

  /** The losses of a micro-batch; the token without a target has none. */
  private static StepEvent losses(long step, int index) {
    return new StepEvent.Losses(1, step, index, new TokenLosses(LOSSES[Math.floorMod(index, 2)]));
  }

  /** The sums of both micro-batches. */
  private static List<DomainLoss> domains() {
    return List.of(new DomainLoss(3, 2, 2), new DomainLoss(4.5, 3, 3));
  }

  /** Two micro-batches of three tokens, of which five have a target. */
  private static StepState state(long step) {
    RouteTable routes = RouteTable.of(new short[][] {{0, 0, 0, 1}, {2, 3, 3, 3}}, 2);
    List<MicroBatch> microBatches =
        List.of(
            microBatch(new int[] {0, 1, 2}, new int[] {1, 2, -1}, 0),
            microBatch(new int[] {1, 2, 3}, new int[] {2, 3, 0}, 1));
    List<RouteTable> tables = List.of(routes);
    return new StepState(
        DECODER,
        step > 0
            ? Batch.ofStep(step, microBatches, 1, tables, BatchOrigin.NONE)
            : Batch.ofEvaluation(step, microBatches, tables),
        METER);
  }

  private static MicroBatch microBatch(int[] tokens, int[] targets, int domain) {
    int[] domains = {domain, domain, domain};
    return new MicroBatch(tokens, targets, new int[] {0, 1, 2}, domains, new int[] {0, 3});
  }
}

package jingwei.actors.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import jingwei.actors.state.StateReply;
import jingwei.actors.state.StateRequest;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport.Send;
import jingwei.actors.transport.TensorTransport.Sent;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerClock;
import org.junit.jupiter.api.Test;

/** An expert takes no memory before it is first used. */
class InitialExpertTest {
  @Test
  void drawsTheWeightsOfAnExpertOnceWhenTheyAreFirstFetched() {
    try (StoreFixture it = unused(Long.MAX_VALUE)) {
      assertEquals(0, it.expertMemory.usedBytes());
      TensorRef one = it.fetch(0);
      TensorRef two = it.fetch(0);
      Send first = it.expectSend(one);
      Send second = it.expectSend(two);
      ParameterSet weights = it.table.expert(StoreFixture.EXPERT, 0).state().weights();
      long bytes = NativeMemory.rounded(weights.flat().size() * ElementType.FLOAT32.bytes());
      assertEquals(3 * bytes, it.expertMemory.usedBytes(), "weights and moments of one expert");
      try (NativeMemory memory = NativeMemory.unbounded("expected")) {
        ParameterSet expected = new ParameterSet(weights.layout(), ElementType.FLOAT32, memory);
        expected.initialise(StoreFixture.SEED, "blocks.1.experts.0");
        assertArrayEquals(floats(expected), floats(weights));
      }
      first.replyTo().tell(new Sent(one));
      second.replyTo().tell(new Sent(two));
      it.takeGradient(1);
      it.arrive();
      it.decide(1);
      it.expectReports(1, 1);
    }
  }

  @Test
  void takesNoMemoryToSayItsCounts() {
    try (StoreFixture it = unused(Long.MAX_VALUE)) {
      it.store.tell(
          new ParameterStore.State(
              new StateRequest.Describe(1, 1, StoreFixture.EXPERT, it.reports.getRef().narrow())));
      assertEquals(
          new StateReply.Described(1, 1, StoreFixture.EXPERT, OwnerClock.START),
          it.reports.receiveMessage());
      assertEquals(0, it.expertMemory.usedBytes());
    }
  }

  @Test
  void isFilledWithoutADraw() {
    try (StoreFixture it = unused(Long.MAX_VALUE)) {
      List<TensorRef> parts =
          List.of(it.tensor("weights"), it.tensor("first moment"), it.tensor("second moment"));
      OwnerClock later = new OwnerClock(7, 8, 7, List.of());
      it.store.tell(
          new ParameterStore.State(
              new StateRequest.Fill(
                  1, 1, StoreFixture.EXPERT, later, parts, it.reports.getRef().narrow())));
      it.expectSend(it.fetchAfterReceiving(parts.size()));
      StoredExpert expert = it.table.expert(StoreFixture.EXPERT, 0);
      assertEquals(later, expert.clock());
      assertArrayEquals(
          new float[Math.toIntExact(expert.state().weights().flat().size())],
          floats(expert.state().weights()),
          "nothing has arrived");
    }
  }

  @Test
  void failsIfTheBudgetIsTooSmall() {
    try (StoreFixture it = unused(64)) {
      it.fetch(0);
      it.store.expectFault("worker-0 failed");
    }
  }

  private static StoreFixture unused(long bytes) {
    return new StoreFixture(Duration.ZERO, 1, false, bytes);
  }

  private static float[] floats(ParameterSet values) {
    return values.flat().segment().toArray(ValueLayout.JAVA_FLOAT);
  }
}

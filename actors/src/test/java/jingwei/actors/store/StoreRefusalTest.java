package jingwei.actors.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import jingwei.actors.state.StateReply;
import jingwei.actors.state.StateRequest;
import jingwei.actors.step.StrayCounts;
import jingwei.actors.transport.TensorRef;
import jingwei.model.memory.ElementType;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The numbers in a message are checked before the store takes memory for them or answers. */
class StoreRefusalTest {
  private static final int EXPERT = StoreFixture.EXPERT;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final StoreFixture it = new StoreFixture(Duration.ZERO, 2);

  @AfterEach
  void close() {
    it.close();
  }

  private TensorRef tensor(long elements, ElementType type) {
    TensorRef own = it.tensor("gradient");
    return new TensorRef(own.transfer(), 1, own.name(), 1, elements, type);
  }

  private long length() {
    return it.tensor("length").elements();
  }

  /** The share has one replica of each of two devices. */
  @ParameterizedTest
  @ValueSource(longs = {0, 2, 3, 1L << 30})
  void aShareOfAnotherSizeIsAFailure(long replicas) {
    announceShare(tensor(Math.max(1, replicas * length()), ElementType.FLOAT32));
    it.store.expectFault("gradient", "1 to 1 replicas");
  }

  @Test
  void aShareOfAnotherTypeIsAFailure() {
    announceShare(tensor(length(), ElementType.FLOAT64));
    it.store.expectFault("FLOAT64");
  }

  private void announceShare(TensorRef tensor) {
    GradientShare share = new GradientShare(0, 0b11, 0b01, 0b01, 0);
    it.store.tell(new ParameterStore.TakeGradient(EXPERT, 1, 0, share, tensor, it.readyTo()));
  }

  @Test
  void aGradientOfOneDeviceOfAnotherSizeIsAFailure() {
    GradientShare share = new GradientShare(0, 1, 0b11, 0b01, 0);
    it.store.tell(
        new ParameterStore.TakeGradient(
            EXPERT, 1, 0, share, tensor(2 * length(), ElementType.FLOAT32), it.readyTo()));
    it.store.expectFault("1 to 1 replicas");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, 1L << 30})
  void aPartialGradientOfAnotherSizeIsAFailure(long replicas) {
    TensorRef tensor = tensor(Math.max(1, replicas * length()), ElementType.FLOAT32);
    it.store.tell(new ParameterStore.KeepPartial(EXPERT, 1, 0, tensor, it.readyTo()));
    it.store.expectFault("1 to 2 replicas");
  }

  @Test
  void aPartialGradientOfSomeReplicasIsKept() {
    for (int replicas = 1; replicas <= 2; replicas++) {
      TensorRef tensor = tensor(replicas * length(), ElementType.FLOAT32);
      it.store.tell(new ParameterStore.KeepPartial(EXPERT, replicas, 0, tensor, it.readyTo()));
      it.arrive();
    }
    it.expectNothingMore();
  }

  /** The owner of a message of another session may be an expert that this store does not keep. */
  @Test
  void aStateOfAnotherIncarnationIsIgnored() {
    TestProbe<StateReply> replies = it.kit.createTestProbe();
    it.store.tell(
        new ParameterStore.State(new StateRequest.Describe(2, 1, 9999, replies.getRef())));
    it.store.tell(
        new ParameterStore.State(new StateRequest.Describe(1, 1, EXPERT, replies.getRef())));
    assertEquals(EXPERT, ((StateReply.Described) replies.receiveMessage(PATIENCE)).owner());
    assertEquals(new StrayCounts(1, 0, 0), it.strays.counts());
  }

  @Test
  void aStepIsClosedOnce() {
    TestProbe<ParameterStore.Closed> closed = it.kit.createTestProbe();
    long[][] closes = {{2, 1}, {1, 1}, {1, 1}, {2, 2}, {1, -5}, {1, -5}, {1, 2}, {1, 1}, {1, 3}};
    for (long[] close : closes) {
      it.store.tell(new ParameterStore.Close(close[0], close[1], closed.getRef()));
    }
    for (long step : List.of(1L, -5L, 2L, 3L)) {
      assertEquals(step, closed.receiveMessage(PATIENCE).step());
    }
    assertEquals(new StrayCounts(2, 1, 2), it.strays.counts());
  }
}

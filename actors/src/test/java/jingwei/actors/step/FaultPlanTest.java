package jingwei.actors.step;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.actors.step.FaultPlan.InjectedFault;
import org.junit.jupiter.api.Test;

class FaultPlanTest {
  private static final Fault STORE = new Fault("store", 3);
  private static final Fault BLOCK = new Fault("blocks.1", 3);

  @Test
  void isInjectedOnceAndOnlyAtItsActorAndStep() {
    FaultPlan plan = new FaultPlan(List.of(STORE), Duration.ZERO);
    plan.inject("store", 2);
    plan.inject("blocks.1", 3);
    InjectedFault fault = assertThrows(InjectedFault.class, () -> plan.inject("store", 3));
    assertEquals("injected fault at actor=store step=3", fault.getMessage());
    assertDoesNotThrow(() -> plan.inject("store", 3));
  }

  @Test
  void listsPendingFaults() {
    FaultPlan plan = new FaultPlan(List.of(STORE, BLOCK), Duration.ZERO);
    assertThrows(InjectedFault.class, () -> plan.inject("store", 3));
    assertEquals(List.of(BLOCK), plan.pending());
    plan.pending().clear();
    assertEquals(List.of(BLOCK), plan.pending());
  }

  @Test
  void isInjectedAsOftenAsItIsPlanned() {
    FaultPlan plan = new FaultPlan(List.of(STORE, STORE), Duration.ZERO);
    assertThrows(InjectedFault.class, () -> plan.inject("store", 3));
    assertThrows(InjectedFault.class, () -> plan.inject("store", 3));
    assertEquals(List.of(), plan.pending());
  }

  @Test
  void isInjectedIntoOneOfManyThreads() {
    FaultPlan plan = new FaultPlan(List.of(STORE), Duration.ZERO);
    long injected = IntStream.range(0, 64).parallel().filter(i -> isInjected(plan)).count();
    assertEquals(1, injected);
  }

  @Test
  void delaysTheStoreOnlyIfPlanned() {
    assertEquals(Duration.ZERO, FaultPlan.none().storeDelay());
    assertEquals(List.of(), FaultPlan.none().pending());
    FaultPlan slow = new FaultPlan(List.of(), Duration.ofMillis(5));
    assertEquals(Duration.ofMillis(5), slow.storeDelay());
  }

  @Test
  void aCopyHasTheRestAndIsOfItsOwn() {
    FaultPlan plan = new FaultPlan(List.of(STORE, BLOCK, BLOCK), Duration.ofMillis(5));
    FaultPlan copy = plan.copy();
    InjectedFault fault = assertThrows(InjectedFault.class, () -> copy.inject("blocks.1", 3));
    assertEquals(BLOCK, fault.fault());
    assertEquals(List.of(STORE, BLOCK, BLOCK), plan.pending());
    plan.remove(fault.fault());
    assertEquals(List.of(STORE, BLOCK), plan.pending());
    assertEquals(List.of(STORE, BLOCK), plan.copy().pending());
    assertEquals(Duration.ofMillis(5), copy.storeDelay());
  }

  @Test
  void aHangIsOverWithItsStep() {
    FaultPlan plan = FaultPlan.hanging(List.of(STORE, BLOCK), Duration.ofDays(1));
    plan.removeHangs(3);
    assertDoesNotThrow(() -> plan.copy().inject("store", 3));
  }

  private static boolean isInjected(FaultPlan plan) {
    try {
      plan.inject("store", 3);
      return false;
    } catch (InjectedFault fault) {
      return true;
    }
  }
}

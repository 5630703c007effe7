package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import jingwei.actors.node.Failure.Category;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.actors.step.FaultPlan.InjectedFault;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void namesTheFaultsThatWereInjected() {
    Fault fault = new Fault("transport", 4);
    FaultPlan plan = new FaultPlan(List.of(fault, new Fault("store", 5)), Duration.ZERO);
    Failure before = Failure.of("store", new IllegalStateException("no transport")).on(plan);
    assertEquals(List.of(), before.injected());
    assertThrows(InjectedFault.class, () -> plan.inject("transport", 4));
    Failure after = Failure.of("store", new IllegalStateException("no transport")).on(plan);
    assertEquals(new Failure(Category.FAULT, "store", "no transport", List.of(fault)), after);
  }

  @Test
  void saysWhatCanBeDone() {
    assertEquals(
        new Failure(Category.MISTAKE, "store", "a sentence", List.of()),
        Failure.of("store", new IllegalStateException(new UserException("a sentence"))));
    assertEquals(Category.MACHINE, Failure.of("store", new OutOfMemoryError("heap")).category());
  }
}

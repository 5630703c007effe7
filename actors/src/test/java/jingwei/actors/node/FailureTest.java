package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import jingwei.actors.node.Failure.Category;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.actors.step.FaultPlan.InjectedFault;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void namesTheInjectedFaultThatIsItsCause() {
    Fault fault = new Fault("store worker", 4);
    FaultPlan plan = new FaultPlan(List.of(fault), Duration.ZERO);
    InjectedFault thrown =
        assertThrows(InjectedFault.class, () -> plan.inject(fault.actor(), fault.step()));
    Failure failure = Failure.of("store", new IllegalStateException("an update", thrown));
    assertEquals(Optional.of(fault), failure.injected());
    assertEquals(Category.FAULT, failure.category());
    assertEquals("injected fault at actor=store worker step=4", failure.text());
  }

  @Test
  void namesNoFaultIfNoneWasInjected() {
    assertEquals(
        Optional.empty(), Failure.of("store", new IllegalStateException("text")).injected());
    assertEquals(
        new Failure(Category.MISTAKE, "store", "a sentence", Optional.empty()),
        Failure.of("store", new IllegalStateException(new UserException("a sentence"))));
    assertEquals(Category.MACHINE, Failure.of("store", new OutOfMemoryError("heap")).category());
  }
}

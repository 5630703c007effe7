package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import jingwei.cluster.chaos.FaultTarget.Task;
import org.junit.jupiter.api.Test;

class FaultTargetTest {
  private static final EpochLine.Member FIRST =
      new EpochLine.Member("a:1", List.of(1), 4, false, List.of(0));
  private static final EpochLine.Member SECOND =
      new EpochLine.Member("a:2", List.of(2, 0), 0, false, List.of());
  private static final EpochLine.Member THIRD =
      new EpochLine.Member("a:3", List.of(), 5, true, List.of());

  @Test
  void eachTaskHasOneHolder() {
    EpochLine.Begin epoch = new EpochLine.Begin(1, "a:1", 0, List.of(FIRST, SECOND, THIRD), 0);
    assertEquals(Optional.of("a:2"), Task.DEVICE.holderIn(epoch));
    assertEquals(Optional.of("a:3"), Task.HOST.holderIn(epoch));
    assertEquals(Optional.of("a:1"), Task.COORDINATOR.holderIn(epoch));
  }

  @Test
  void aModelWithoutExpertsHasNoHost() {
    EpochLine.Begin epoch = new EpochLine.Begin(1, "a:1", 0, List.of(FIRST, SECOND), 0);
    assertEquals(Optional.empty(), Task.HOST.holderIn(epoch));
  }
}

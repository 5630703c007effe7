package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import jingwei.model.step.BadStepException;
import org.junit.jupiter.api.Test;

class RefusedStepsTest {
  @Test
  void aBadStepIsRefusedAlone() {
    RefusedSteps refused = new RefusedSteps(10);

    assertEquals(16, refused.refuse(bad(17, false)));
    assertEquals(Set.of(17L), refused.steps());
  }

  @Test
  void aStepThatRollsBackIsRefusedWithAllSinceTheLastCheckpointThatWasDue() {
    RefusedSteps refused = new RefusedSteps(10);
    refused.addAll(List.of(3L));

    assertEquals(20, refused.refuse(bad(23, true)));
    assertEquals(Set.of(3L, 21L, 22L, 23L), refused.steps());
  }

  @Test
  void withoutCheckpointsItRollsBackToTheStart() {
    RefusedSteps refused = new RefusedSteps(0);

    assertEquals(0, refused.refuse(bad(2, true)));
    assertEquals(Set.of(1L, 2L), refused.steps());
  }

  private static BadStepException bad(long step, boolean rollsBack) {
    return new BadStepException(step, Double.NaN, 1, rollsBack);
  }
}

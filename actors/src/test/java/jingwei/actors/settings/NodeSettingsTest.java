package jingwei.actors.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import jingwei.actors.placement.Members;
import jingwei.model.TestSettings;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.step.StepRules;
import org.junit.jupiter.api.Test;

class NodeSettingsTest {
  @Test
  void oneNodeHasAllRolesByDefault() {
    assertTrue(NodeSettings.ONE.isOneNode());
    assertEquals(Members.alone(), NodeSettings.ONE.members());
    assertFalse(new NodeSettings(1, 1).isOneNode());
    assertEquals(Members.of(1, 1), new NodeSettings(1, 1).members());
  }

  @Test
  void theOtherNumberIsOne() {
    assertEquals(new NodeSettings(3, 1), new NodeSettings(3, 0));
    assertEquals(new NodeSettings(1, 2), new NodeSettings(0, 2));
    assertEquals(Members.of(3, 2), new NodeSettings(3, 2).members());
  }

  @Test
  void processorsAreDealtOut() {
    assertEquals(8, NodeSettings.ONE.workersOf(8));
    assertEquals(8, new NodeSettings(1, 4).workersOf(8));
    assertEquals(2, new NodeSettings(3, 1).workersOf(8));
    assertEquals(1, new NodeSettings(9, 1).workersOf(8));
  }

  @Test
  void rulesMayNotFitTheNumberOfDevices() {
    new NodeSettings(2, 1).check(rules(2, 0), batches(8));
    new NodeSettings(1, 4).check(rules(1, 3), batches(8));
    NodeSettings.ONE.check(rules(1, 3), batches(8));
    assertThrows(UserException.class, () -> new NodeSettings(3, 1).check(rules(2, 0), batches(8)));
    assertThrows(UserException.class, () -> new NodeSettings(2, 1).check(rules(2, 3), batches(8)));
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    assertThrows(UserException.class, () -> new NodeSettings(-1, 1));
    assertThrows(UserException.class, () -> new NodeSettings(1, -1));
    assertThrows(UserException.class, () -> new NodeSettings(64, 1));
    assertThrows(UserException.class, () -> new NodeSettings(1, 64));
  }

  @Test
  void theLossesOfAMicroBatchFitIntoAMessage() {
    new NodeSettings(2, 1).check(rules(2, 0), batches(100_000));
    NodeSettings.ONE.check(rules(2, 0), batches(100_001));
    assertThrows(
        UserException.class, () -> new NodeSettings(1, 1).check(rules(2, 0), batches(100_001)));
  }

  /** Two micro-batches of so many tokens. */
  private static BatchSettings batches(int tokens) {
    return new BatchSettings(2, 1, 2, tokens, 0, List.of(1.0));
  }

  private static StepRules rules(int replicas, int bound) {
    return TestSettings.rules(TestSettings.adam(), replicas, 0, bound);
  }
}

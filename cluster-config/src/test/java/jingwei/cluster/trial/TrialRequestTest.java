package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.chaos.ChaosPlan;
import jingwei.cluster.settings.Configuration;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrialRequestTest {
  @Test
  void aPossiblePlanIsTaken() {
    TrialRequest request = of(3, List.of("replicas=2"), "kill:host@step=40", "join:node@step=50");
    assertEquals(2, request.plan().faults().size());
  }

  @ParameterizedTest
  @CsvSource({
    "devices=2, devices",
    "trainer=reference, trainer",
    "'data.sources=[\"en=-\"]', standard input",
    "minutes=2, minutes",
    "bound=1, bound",
    "checkpoint.copies=2, checkpoint.copies",
    "steps=40, --steps",
  })
  void aSettingThatCannotBeUsedIsRefused(String setting, String word) {
    refused(word, () -> of(3, List.of("replicas=2", setting), "kill:host@step=40"));
  }

  @Test
  void aDenseModelHasNoHost() {
    List<String> dense = List.of("model.routedBlocks=0", "model.denseBlocks=2");
    refused("no experts", () -> of(3, dense, "kill:host@step=40"));
    assertEquals(1, of(3, dense, "kill:device@step=40").plan().faults().size());
  }

  @Test
  void aPartitionedClusterHasNoSingleDriver() {
    refused("driver", () -> of(3, List.of(), "partition:device@step=40", "kill:driver@step=50"));
  }

  @ParameterizedTest
  @CsvSource({"0", "33", "-1"})
  void aNumberOfNodesThatCannotBeStartedIsRefused(int nodes) {
    refused("--nodes", () -> of(nodes, List.of(), "kill:device@step=40"));
  }

  private static void refused(String word, Runnable request) {
    String message = assertThrows(UserException.class, request::run).getMessage();
    assertTrue(message.contains(word), message);
  }

  private static TrialRequest of(int nodes, List<String> settings, String... faults) {
    List<String> all = new ArrayList<>(List.of("steps=100"));
    all.addAll(settings);
    return new TrialRequest(
        Configuration.resolve("demo", null, all),
        ChaosPlan.of(List.of(faults)),
        nodes,
        Path.of("folder"),
        new NodeProgram("Main", List.of()));
  }
}

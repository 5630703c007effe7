package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import jingwei.cluster.session.FaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NodeProcessesTest {
  @TempDir Path folder;

  @Test
  void aNodeThatEndsAtItsStartIsNamed() {
    try (NodeProcesses nodes = nodes("jingwei.cluster.NoSuchClass")) {
      String message = assertThrows(FaultException.class, () -> nodes.startFirst(1)).getMessage();
      assertTrue(message.contains("node 1 (127.0.0.1:"), message);
      assertTrue(message.contains("exit code 1"), message);
      assertTrue(nodes.node(1).output().contains("NoSuchClass"));
    }
  }

  @Test
  void noProcessOutlivesTheTrial() {
    NodeProcesses nodes = nodes("jingwei.cluster.cli.Main");
    nodes.join();
    nodes.join();
    assertNotEquals(nodes.node(1).address(), nodes.node(2).address());
    assertTrue(nodes.all().stream().allMatch(TrialNode::isAlive));
    nodes.node(2).stop();
    nodes.close();
    assertEquals(List.of(), nodes.all().stream().filter(TrialNode::isAlive).toList());
    assertThrows(IllegalStateException.class, nodes::join);
  }

  private NodeProcesses nodes(String mainClass) {
    return new NodeProcesses(
        NodeProgram.ofThisJvm(mainClass), new LoopbackNetwork("nodes-test"), folder, List.of());
  }
}

package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeProgramTest {
  @Test
  void flagsOfTheUserComeAfterThoseOfNodes() {
    assertEquals(
        List.of("-Xmx512m", "-XX:+UseSerialGC", "--add-modules=a.b", "-Xmx2g"),
        new NodeProgram("Main", List.of("--add-modules=a.b", "-Xmx2g")).nodeFlags());
  }

  @Test
  void aSecondCollectorIsLeftOut() {
    assertEquals(
        List.of("-Xmx512m", "-XX:+UseParallelGC"),
        new NodeProgram("Main", List.of("-XX:+UseParallelGC")).nodeFlags());
  }

  @Test
  void agentsOfThisJvmAreLeftOut() {
    assertEquals(
        List.of("-Xmx512m", "-XX:+UseSerialGC", "-Dkey=value"),
        new NodeProgram(
                "Main", List.of("-javaagent:agent.jar", "-agentlib:jdwp=server=y", "-Dkey=value"))
            .nodeFlags());
  }

  @Test
  void aNodeRunsWithTheJavaAndTheClassesOfThisJvm() {
    List<String> command =
        NodeProgram.ofThisJvm("jingwei.cluster.cli.Main").command(Path.of("node-1.conf"));
    assertTrue(command.getFirst().startsWith(System.getProperty("java.home")));
    assertEquals(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            "jingwei.cluster.cli.Main",
            "node",
            "--config",
            "node-1.conf"),
        command.subList(command.size() - 6, command.size()));
  }
}

package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands of the README about nodes, at free ports, and kills the node that leads while
 * the session trains.
 */
@Tag("long")
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ReadmeClusterTest {
  private static final int KILLED_AFTER_STEP = 12;

  @TempDir private Path folder;
  private final List<Process> nodes = new ArrayList<>();
  private final Map<String, String> ports = new HashMap<>();

  @AfterEach
  void endNodes() throws InterruptedException {
    for (Process node : nodes) {
      node.destroyForcibly().waitFor();
    }
  }

  @Test
  void aKilledNodeDoesNotChangeTheDigits() throws Exception {
    List<List<String>> commands = ReadmeCommands.of(ReadmeCommands.CLUSTER);
    assertTrue(commands.size() >= 7, "commands " + commands.size());
    for (String port : List.of("7100", "7101", "7102")) {
      ports.put(port, freePort());
    }
    for (List<String> command : commands) {
      List<String> words = command.stream().map(this::atFreePorts).toList();
      if (words.getLast().equals("&")) {
        start(words.subList(0, words.size() - 1));
      } else {
        Launched output = Launched.run(folder, List.of(), words.toArray(String[]::new));
        assertEquals(0, output.exitCode(), words + "\n" + output.err());
      }
      if (words.contains("submit")) {
        awaitStep();
        nodes.getFirst().destroyForcibly();
      }
    }
    String epochs = Files.readString(folder.resolve("runs/first/epochs.jsonl"));
    assertTrue(epochs.contains("which led the session, is lost"), "no fault was noticed");
    assertEquals(evaluated("runs/undisturbed"), evaluated("runs/first"));
  }

  private String evaluated(String run) throws Exception {
    return Launched.run(folder, List.of(), "eval", "--checkpoint", run, "--json").out();
  }

  /** The launcher replaces itself by the JVM, so this process is the node. */
  private void start(List<String> words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Launched.HOME.resolve("jingwei").toString());
    command.addAll(words);
    nodes.add(
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("node" + nodes.size() + ".log").toFile())
            .start());
  }

  private void awaitStep() throws Exception {
    Path ledger = folder.resolve("runs/first/ledger.jsonl");
    while (!Files.exists(ledger) || Files.readAllLines(ledger).size() < KILLED_AFTER_STEP) {
      assertTrue(
          nodes.stream().allMatch(Process::isAlive), Files.readString(folder.resolve("node0.log")));
      nodes.getFirst().waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  private String atFreePorts(String word) {
    String result = word;
    for (Map.Entry<String, String> port : ports.entrySet()) {
      result = result.replace(port.getKey(), port.getValue());
    }
    return result;
  }

  private static String freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return Integer.toString(socket.getLocalPort());
    }
  }
}

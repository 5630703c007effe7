package jingwei.cluster.trial;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import jingwei.cluster.chaos.Epoch;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.MemoryPeak;
import jingwei.cluster.settings.DeviceSettings;

/** The memory that the nodes of a session used, where they have a budget. */
final class MemoryPeaks {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private MemoryPeaks() {}

  /** Bytes of all devices and of all hosts after a step. */
  record Use(long step, long deviceBytes, long hostBytes) {}

  /**
   * The use after each step, from the {@code metrics.jsonl} of a run.
   *
   * @return none if there is no file
   */
  static List<Use> read(Path metrics) {
    List<Use> uses = new ArrayList<>();
    try {
      if (Files.exists(metrics)) {
        for (String line : Files.readAllLines(metrics)) {
          JsonNode memory = MAPPER.readTree(line).path("memory");
          if (!memory.isMissingNode()) {
            uses.add(
                new Use(
                    MAPPER.readTree(line).path("step").asLong(),
                    memory.path("deviceBytes").asLong(),
                    memory.path("hostBytes").asLong()));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return uses;
  }

  /** The peaks over the steps that count, each with the budget of all nodes of its epoch. */
  static List<MemoryPeak> of(DeviceSettings budgets, EpochHistory history, List<Use> uses) {
    Map<Long, Epoch> epochOf = new HashMap<>();
    for (Epoch epoch : history.epochs()) {
      epoch.lines().stream()
          .filter(EpochLine.Commit.class::isInstance)
          .forEach(commit -> epochOf.put(((EpochLine.Commit) commit).step(), epoch));
    }
    List<MemoryPeak> peaks = new ArrayList<>();
    for (Use use : uses) {
      Epoch epoch = epochOf.get(use.step);
      if (epoch != null) {
        add(
            peaks,
            "device",
            use.deviceBytes,
            budgets.memoryBytes(),
            count(epoch, member -> !member.replicas().isEmpty()));
        add(
            peaks,
            "host",
            use.hostBytes,
            budgets.hostMemoryBytes(),
            count(epoch, member -> member.experts() > 0));
      }
    }
    return peaks;
  }

  /** Keeps one peak for each kind of memory and number of nodes. */
  private static void add(
      List<MemoryPeak> peaks, String memory, long bytes, long budget, long nodes) {
    if (budget == Long.MAX_VALUE || nodes == 0) {
      return;
    }
    String user = "%d %s%s together".formatted(nodes, memory, nodes == 1 ? "" : "s");
    List<MemoryPeak> before = peaks.stream().filter(peak -> peak.user().equals(user)).toList();
    if (before.stream().allMatch(peak -> peak.bytes() < bytes)) {
      peaks.removeAll(before);
      peaks.add(new MemoryPeak(user, memory, bytes, Math.multiplyExact(budget, nodes)));
    }
  }

  private static long count(Epoch epoch, Predicate<EpochLine.Member> isOne) {
    return epoch.begin().members().stream().filter(isOne).count();
  }
}

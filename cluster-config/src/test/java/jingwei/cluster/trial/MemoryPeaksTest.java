package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.MemoryPeak;
import jingwei.cluster.settings.DeviceSettings;
import jingwei.cluster.trial.MemoryPeaks.Use;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Epoch 1 takes the steps 1 to 3 on three nodes, epoch 2 the steps 3 and 4 on two. */
class MemoryPeaksTest {
  private static final EpochHistory HISTORY = history();

  @TempDir Path folder;

  @Test
  void budgetsAreThoseOfAllNodesOfAnEpoch() {
    assertEquals(
        List.of(
            new MemoryPeak("3 devices together", "device", 290, 300),
            new MemoryPeak("3 hosts together", "host", 50, 150),
            new MemoryPeak("2 devices together", "device", 280, 200),
            new MemoryPeak("2 hosts together", "host", 40, 100)),
        MemoryPeaks.of(
            new DeviceSettings(100, 50),
            HISTORY,
            List.of(new Use(1, 290, 50), new Use(2, 100, 10), new Use(4, 280, 40))));
  }

  @Test
  void aRepeatedStepHasTheNodesOfItsLastEpoch() {
    assertEquals(
        List.of(new MemoryPeak("2 devices together", "device", 250, 200)),
        MemoryPeaks.of(
            new DeviceSettings(100, Long.MAX_VALUE), HISTORY, List.of(new Use(3, 250, 50))));
  }

  @Test
  void memoryWithoutABudgetHasNoPeak() {
    assertEquals(
        List.of(),
        MemoryPeaks.of(
            new DeviceSettings(Long.MAX_VALUE, Long.MAX_VALUE),
            HISTORY,
            List.of(new Use(1, 290, 50))));
  }

  @Test
  void readsTheMetricsOfARun() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    assertEquals(List.of(), MemoryPeaks.read(file));
    Files.writeString(
        file,
        """
        {"step":1,"memory":{"deviceBytes":290,"hostBytes":50,"heapBytes":7}}
        {"step":1,"domains":{"zh":{"heldOutBitsPerByte":2.5}}}
        """);
    assertEquals(List.of(new Use(1, 290, 50)), MemoryPeaks.read(file));
  }

  private static EpochHistory history() {
    List<EpochLine> lines = new ArrayList<>();
    lines.add(new EpochLine.Begin(1, "a:1", 0, members(3), 0));
    IntStream.rangeClosed(1, 3).forEach(step -> lines.add(commit(1, step)));
    lines.add(new EpochLine.Begin(2, "a:1", 2, members(2), 10));
    IntStream.rangeClosed(3, 4).forEach(step -> lines.add(commit(2, step)));
    return EpochHistory.of(List.of(lines));
  }

  private static List<EpochLine.Member> members(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            node -> new EpochLine.Member("a:" + node, List.of(node), 4, node == 0, List.of(node)))
        .toList();
  }

  private static EpochLine commit(long epoch, long step) {
    return new EpochLine.Commit(
        epoch, step, "1-" + step, List.of(), new TreeMap<>(), true, epoch * 10 + step);
  }
}

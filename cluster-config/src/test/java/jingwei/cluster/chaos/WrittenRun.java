package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes the lines of a session as its leaders would. Step 5 is refused in every run. */
final class WrittenRun {
  static final Map<String, Long> WEIGHTS = Map.of("embedding", 11L, "blocks.2.experts.0", 12L);
  private static final long REFUSED = 5;
  private static final int EXPERTS = 4;

  private final int checkpointEvery;
  private final List<EpochLine> lines = new ArrayList<>();
  private long epoch;
  private long step;
  private long millis = 1_000;

  WrittenRun(int checkpointEvery) {
    this.checkpointEvery = checkpointEvery;
  }

  /** A run of one epoch. */
  static List<EpochLine> undisturbed(long steps, int checkpointEvery) {
    return new WrittenRun(checkpointEvery).begin(0).to(steps).end().lines();
  }

  WrittenRun begin(long from) {
    epoch++;
    step = from;
    lines.add(
        new EpochLine.Begin(
            epoch,
            "node" + epoch,
            from,
            List.of(new EpochLine.Member("node" + epoch, List.of(0, 1), EXPERTS, true, List.of(0))),
            tick(100)));
    return this;
  }

  /** Commits the steps up to one, each after 100 ms; a checkpoint takes 30 ms. */
  WrittenRun to(long last) {
    while (step < last) {
      step++;
      lines.add(commit(epoch, step, tick(100)));
      if (step % checkpointEvery == 0) {
        save();
      }
    }
    return this;
  }

  WrittenRun fault(String what, long after) {
    lines.add(new EpochLine.Fault(epoch, what, tick(after)));
    return this;
  }

  /** The last line is lost: the leader was killed before it wrote it. */
  WrittenRun withoutLastLine() {
    lines.removeLast();
    return this;
  }

  WrittenRun end() {
    if (step % checkpointEvery != 0) {
      save();
    }
    lines.add(new EpochLine.End(epoch, step, tick(10)));
    return this;
  }

  List<EpochLine> lines() {
    return List.copyOf(lines);
  }

  long millis() {
    return millis;
  }

  static EpochLine.Commit commit(long epoch, long step, long millis) {
    SortedMap<String, Long> experts = new TreeMap<>();
    for (int expert = 0; expert < EXPERTS; expert++) {
      if (isActive(expert, step)) {
        long updates = 0;
        for (long before = 1; before <= step; before++) {
          updates += isActive(expert, before) && before != REFUSED ? 1 : 0;
        }
        experts.put("blocks.2.experts." + expert, updates);
      }
    }
    return new EpochLine.Commit(
        epoch,
        step,
        "7-" + step,
        List.of("text-" + step, "text-" + (step + 1)),
        experts,
        step != REFUSED,
        millis);
  }

  private void save() {
    lines.add(new EpochLine.Checkpoint(epoch, step, "step-%08d".formatted(step), tick(30)));
  }

  private static boolean isActive(int expert, long step) {
    return (step + expert) % 3 != 0;
  }

  private long tick(long more) {
    millis += more;
    return millis;
  }
}

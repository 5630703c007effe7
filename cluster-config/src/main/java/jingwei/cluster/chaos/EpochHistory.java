package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The history of a session over all of its leaders.
 *
 * @param epochs by ascending number
 * @param faults by ascending time
 * @param strays commits, checkpoints and ends of epochs that never began
 */
public record EpochHistory(
    List<Epoch> epochs, List<EpochLine.Fault> faults, List<EpochLine> strays) {
  public EpochHistory {
    epochs =
        epochs.stream()
            .sorted(
                Comparator.comparingLong(Epoch::number)
                    .thenComparingLong(epoch -> epoch.begin().millis()))
            .toList();
    faults = faults.stream().sorted(Comparator.comparingLong(EpochLine.Fault::millis)).toList();
    strays = List.copyOf(strays);
  }

  /**
   * Joins the lines of several files.
   *
   * @param files the lines of each file in order; usually one file, or one for each leader
   */
  public static EpochHistory of(List<List<EpochLine>> files) {
    List<Epoch> epochs = new ArrayList<>();
    List<EpochLine.Fault> faults = new ArrayList<>();
    List<EpochLine> strays = new ArrayList<>();
    for (List<EpochLine> file : files) {
      List<EpochLine.Begin> begins = new ArrayList<>();
      List<List<EpochLine>> lines = new ArrayList<>();
      Map<Long, Integer> newest = new HashMap<>();
      for (EpochLine line : file) {
        switch (line) {
          case EpochLine.Begin begin -> {
            newest.put(begin.epoch(), begins.size());
            begins.add(begin);
            lines.add(new ArrayList<>());
          }
          case EpochLine.Fault fault -> faults.add(fault);
          case EpochLine.Commit _, EpochLine.Checkpoint _, EpochLine.End _ -> {
            Integer of = newest.get(line.epoch());
            (of == null ? strays : lines.get(of)).add(line);
          }
        }
      }
      for (int i = 0; i < begins.size(); i++) {
        epochs.add(new Epoch(begins.get(i), lines.get(i)));
      }
    }
    return new EpochHistory(epochs, faults, strays);
  }

  /**
   * The commits that count: an epoch that begins from a step undoes all commits of earlier epochs
   * after that step.
   */
  public List<EpochLine.Commit> effective() {
    List<EpochLine.Commit> effective = new ArrayList<>();
    for (Epoch epoch : epochs) {
      effective.removeIf(commit -> commit.step() > epoch.begin().from());
      effective.addAll(epoch.commits());
    }
    return effective;
  }

  /** All commits, also those that were undone, by epoch. */
  public List<EpochLine.Commit> commits() {
    return epochs.stream().flatMap(epoch -> epoch.commits().stream()).toList();
  }

  /** Number of commits of steps that had been committed before. */
  public long replayedSteps() {
    Set<Long> before = new HashSet<>();
    return commits().stream().filter(commit -> !before.add(commit.step())).count();
  }
}

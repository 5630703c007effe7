package jingwei.cluster.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/**
 * The faults of a run.
 *
 * @param faults in the order of their steps; those of one step in the order of the plan
 */
public record ChaosPlan(List<PlannedFault> faults) {
  public ChaosPlan {
    faults = faults.stream().sorted(Comparator.comparingLong(PlannedFault::step)).toList();
  }

  /**
   * The faults of the options {@code --inject}.
   *
   * @throws UserException if an entry is wrong
   */
  public static ChaosPlan of(List<String> entries) {
    return new ChaosPlan(
        entries.stream().map(entry -> PlannedFault.of(entry.strip(), "--inject")).toList());
  }

  /**
   * The faults of a plan: one on each line. Text after {@code #} and blank lines are left out.
   *
   * @param name of the file, for messages
   * @throws UserException if a line is wrong, with its number
   */
  public static ChaosPlan ofLines(String name, List<String> lines) {
    List<PlannedFault> faults = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String entry = lines.get(i).replaceFirst("#.*", "").strip();
      if (!entry.isEmpty()) {
        faults.add(PlannedFault.of(entry, "Line %d of %s".formatted(i + 1, name)));
      }
    }
    return new ChaosPlan(faults);
  }

  /**
   * Reads the file of a plan.
   *
   * @throws UserException if it cannot be read, or a line is wrong
   */
  public static ChaosPlan read(Path file) {
    try {
      return ofLines(file.toString(), Files.readAllLines(file));
    } catch (IOException e) {
      throw new UserException(
          "The plan %s cannot be read (%s); give a text file with one fault on each line."
              .formatted(file, IoReason.of(e)),
          e);
    }
  }

  /** True if a fault of this kind is planned. */
  public boolean has(FaultKind kind) {
    return faults.stream().anyMatch(fault -> fault.kind() == kind);
  }

  /** True if a fault with this target is planned. */
  public boolean has(FaultTarget target) {
    return faults.stream().anyMatch(fault -> fault.target().equals(target));
  }

  /**
   * Checks that the run reaches each fault, and that each numbered node is started before.
   *
   * @param nodes number of nodes that the run starts with
   * @param steps the last step of the run
   * @throws UserException if a fault does not fit
   */
  public void requireFits(int nodes, long steps) {
    int started = nodes;
    for (PlannedFault fault : faults) {
      if (fault.step() >= steps) {
        throw new UserException(
            "The fault %s comes too late: the run has %d steps, and at least one step has to follow; lower its step or raise --steps."
                .formatted(fault.text(), steps));
      }
      if (fault.kind() == FaultKind.JOIN) {
        started++;
      }
      if (fault.target() instanceof FaultTarget.StartedNode node && node.number() > started) {
        throw new UserException(
            "The fault %s names node %d, but only %d are started by then; raise --nodes or name another one."
                .formatted(fault.text(), node.number(), started));
      }
    }
  }
}

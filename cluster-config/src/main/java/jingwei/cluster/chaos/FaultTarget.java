package jingwei.cluster.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** The process that a fault hits. A target by task is looked up when the fault is injected. */
public sealed interface FaultTarget {
  /** The node that has a task at the time of the fault. */
  record Holder(Task task) implements FaultTarget {
    @Override
    public String text() {
      return task.word();
    }
  }

  /**
   * A node by the order in which nodes were started.
   *
   * @param number counted from 1; nodes that joined count on
   */
  record StartedNode(int number) implements FaultTarget {
    @Override
    public String text() {
      return "node:" + number;
    }
  }

  /** A node that is not started yet. */
  record NewNode() implements FaultTarget {
    @Override
    public String text() {
      return "node";
    }
  }

  /** The Aeron driver process of the machine. */
  record Driver() implements FaultTarget {
    @Override
    public String text() {
      return "driver";
    }
  }

  /** The name in a plan. */
  String text();

  /** The tasks that exactly one node has. */
  enum Task {
    /** Computes replica 0. */
    DEVICE,
    /** Keeps the first expert. */
    HOST,
    /** Leads the session. */
    COORDINATOR;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Address of the node that has this task in an epoch; empty if no node has it. */
    public Optional<String> holderIn(EpochLine.Begin epoch) {
      return switch (this) {
        case DEVICE -> holder(epoch, member -> member.replicas().contains(0));
        case HOST -> holder(epoch, EpochLine.Member::firstExpert);
        case COORDINATOR -> Optional.of(epoch.leader());
      };
    }

    private static Optional<String> holder(
        EpochLine.Begin epoch, Predicate<EpochLine.Member> isHolder) {
      return epoch.members().stream().filter(isHolder).map(EpochLine.Member::address).findFirst();
    }
  }

  /** First words of all targets. */
  static List<String> words() {
    return List.of("device", "host", "coordinator", "driver", "node");
  }

  /** The target with this name; empty if it does not exist. */
  static Optional<FaultTarget> of(String text) {
    if (text.equals("driver")) {
      return Optional.of(new Driver());
    }
    if (text.equals("node")) {
      return Optional.of(new NewNode());
    }
    if (text.matches("node:[1-9]\\d{0,5}")) {
      return Optional.of(new StartedNode(Integer.parseInt(text.substring("node:".length()))));
    }
    return Arrays.stream(Task.values())
        .filter(task -> task.word().equals(text))
        .findFirst()
        .map(Holder::new);
  }
}

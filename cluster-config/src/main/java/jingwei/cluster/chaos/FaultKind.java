package jingwei.cluster.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** What is done to a process of a cluster. */
public enum FaultKind {
  /** SIGKILL. */
  KILL,
  /** SIGSTOP, and SIGCONT after some seconds. */
  STOP,
  /** The node reaches only those that are cut off at the same time, perhaps for some seconds. */
  PARTITION,
  /** SIGKILL, then the same process is started again. */
  RESTART,
  /** SIGTERM: the node hands over its share and leaves. */
  LEAVE,
  /** A further node is started. */
  JOIN;

  private static final int STOP_SECONDS = 30;

  /** The name in a plan. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> words() {
    return Arrays.stream(values()).map(FaultKind::word).toList();
  }

  static Optional<FaultKind> of(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word().equals(word)).findFirst();
  }

  /** True if the fault may end after some seconds. */
  boolean takesSeconds() {
    return this == STOP || this == PARTITION;
  }

  /** Length of the fault if the plan gives none; empty if it does not end. */
  OptionalInt usualSeconds() {
    return this == STOP ? OptionalInt.of(STOP_SECONDS) : OptionalInt.empty();
  }

  /** True if the cluster need not notice a fault. */
  boolean isOrderly() {
    return this == JOIN || this == LEAVE;
  }

  boolean actsOn(FaultTarget target) {
    return switch (target) {
      case FaultTarget.NewNode _ -> this == JOIN;
      case FaultTarget.Driver _ -> this == KILL || this == STOP || this == RESTART;
      case FaultTarget.Holder _, FaultTarget.StartedNode _ -> this != JOIN;
    };
  }

  /** The targets as a plan names them. */
  List<String> targets() {
    return switch (this) {
      case JOIN -> List.of("node");
      case PARTITION, LEAVE -> List.of("device", "host", "coordinator", "node:N");
      case KILL, STOP, RESTART -> List.of("device", "host", "coordinator", "node:N", "driver");
    };
  }
}

package jingwei.cluster.trial;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import jingwei.cluster.chaos.ChaosPlan;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.chaos.InjectedFault;
import jingwei.cluster.chaos.PlannedFault;
import jingwei.cluster.node.SessionState;

/** Follows a session on nodes, and injects the faults of a plan when their steps are committed. */
final class DisturbedRun {
  private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
  private static final long NOTE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** How often the state of the session is looked at. */
  private static final long STATE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final NodeProcesses nodes;
  private final Path session;
  private final EpochTail tail;
  private final Deque<PlannedFault> planned;
  private final Injector injector;
  private final Consumer<String> notes;
  private final List<InjectedFault> faults = new ArrayList<>();
  private final Set<TrialNode> ended = new HashSet<>();
  private EpochLine.Begin epoch;
  private long step;
  private String lastFault = "";
  private boolean isOver;
  private long lastNoteNanos = System.nanoTime();

  /**
   * What happened.
   *
   * @param failure a sentence if the session did not reach its end
   */
  record Result(List<InjectedFault> faults, Optional<String> failure) {}

  /**
   * @param session folder of the session
   */
  DisturbedRun(NodeProcesses nodes, Path session, ChaosPlan plan, Consumer<String> notes) {
    this.nodes = nodes;
    this.session = session;
    this.tail = new EpochTail(session.resolve(EpochLog.FILE));
    this.planned = new ArrayDeque<>(plan.faults());
    this.injector = new Injector(nodes, notes);
    this.notes = notes;
  }

  /**
   * Runs until the session has ended, or does not go on.
   *
   * @param steps of the session
   * @param deadline longest time without a line of its history
   * @throws jingwei.cluster.session.FaultException if a fault cannot be injected
   */
  Result run(long steps, Duration deadline) {
    long lastLine = System.nanoTime();
    long lastLook = lastLine;
    Optional<String> failure = Optional.empty();
    while (true) {
      List<EpochLine> lines = tail.next();
      for (EpochLine line : lines) {
        on(line, steps);
      }
      if (isOver) {
        return new Result(faults, Optional.empty());
      }
      if (failure.isPresent()) { // and the lines since then did not end the session
        return new Result(faults, failure);
      }
      injector.endDue();
      noteEnds();
      long now = System.nanoTime();
      lastLine = lines.isEmpty() ? lastLine : now;
      if (now - lastLook > STATE_NANOS) {
        lastLook = now;
        failure = failure(now - lastLine, deadline);
      }
      LockSupport.parkNanos(ROUND_NANOS);
    }
  }

  private void on(EpochLine line, long steps) {
    switch (line) {
      case EpochLine.Begin begin -> {
        epoch = begin;
        notes.accept(
            "epoch %d: %s leads %d nodes, after step %d"
                .formatted(begin.epoch(), begin.leader(), begin.members().size(), begin.from()));
      }
      case EpochLine.Commit commit -> {
        step = commit.step();
        noteStep(steps);
        while (!planned.isEmpty() && planned.getFirst().step() <= step) {
          faults.add(injector.inject(planned.removeFirst(), epoch));
        }
      }
      case EpochLine.Checkpoint _ -> {}
      case EpochLine.Fault fault -> {
        lastFault = fault.what();
        notes.accept("noticed after step %d: %s".formatted(step, lastFault));
      }
      case EpochLine.End _ -> isOver = true;
    }
  }

  private void noteStep(long steps) {
    if (System.nanoTime() - lastNoteNanos > NOTE_NANOS || step == steps) {
      lastNoteNanos = System.nanoTime();
      notes.accept("step %d/%d".formatted(step, steps));
    }
  }

  private void noteEnds() {
    for (TrialNode node : nodes.all()) {
      if (node.isAlive()) {
        ended.remove(node);
      } else if (ended.add(node)) {
        notes.accept("%s has ended%s: %s".formatted(node.name(), sinceFault(node), node.end()));
      }
    }
  }

  /** As in " 6.2 s after its fault"; empty if it had none. */
  private String sinceFault(TrialNode node) {
    return faults.stream()
        .filter(fault -> fault.address().equals(node.address().toString()))
        .reduce((earlier, later) -> later)
        .map(fault -> (System.currentTimeMillis() - fault.millis()) / 1e3)
        .map(" %.1f s after its fault"::formatted)
        .orElse("");
  }

  private Optional<String> failure(long silentNanos, Duration deadline) {
    if (SessionState.of(session).equals(Optional.of(SessionState.FAILED))) {
      return Optional.of("The session failed after step %d: %s".formatted(step, lastFault));
    }
    if (nodes.all().stream().noneMatch(TrialNode::isAlive)) {
      return Optional.of(
          "The session has no nodes any more; it stands at step %d.".formatted(step));
    }
    if (silentNanos > deadline.toNanos()) {
      return Optional.of(
          "This command waited %d s for the session, which stands at step %d%s; these nodes run: %s."
              .formatted(
                  deadline.toSeconds(),
                  step,
                  epoch == null ? "" : " and was led last by " + epoch.leader(),
                  String.join(
                      ", ",
                      nodes.all().stream()
                          .filter(TrialNode::isAlive)
                          .map(TrialNode::name)
                          .toList())));
    }
    return Optional.empty();
  }
}

package jingwei.cluster.trial;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.FaultTarget;
import jingwei.cluster.chaos.InjectedFault;
import jingwei.cluster.chaos.PlannedFault;
import jingwei.cluster.session.FaultException;

/** Does to processes what a plan says. */
final class Injector {
  private final NodeProcesses nodes;
  private final Consumer<String> notes;
  private final List<Ending> endings = new ArrayList<>();

  /** Ends a fault at a time. */
  private record Ending(long nanos, Runnable action) {}

  Injector(NodeProcesses nodes, Consumer<String> notes) {
    this.nodes = nodes;
    this.notes = notes;
  }

  /**
   * Injects a fault now.
   *
   * @param epoch the newest one, which says who has which task
   * @throws FaultException if there is no process for it any more
   */
  InjectedFault inject(PlannedFault fault, EpochLine.Begin epoch) {
    return switch (fault.target()) {
      case FaultTarget.NewNode _ -> {
        long now = System.currentTimeMillis();
        yield injected(fault, nodes.join(), now);
      }
      case FaultTarget.Driver _ -> {
        long now = System.currentTimeMillis();
        hitDriver(fault);
        notes.accept("%s: done to the Aeron driver".formatted(fault.text()));
        yield new InjectedFault(fault, "", now);
      }
      case FaultTarget.Holder(FaultTarget.Task task) ->
          hit(
              fault,
              task.holderIn(epoch)
                  .flatMap(nodes::at)
                  .orElseThrow(() -> impossible(fault, "no node has this task")));
      case FaultTarget.StartedNode(int number) -> hit(fault, nodes.node(number));
    };
  }

  /** Ends the faults whose time is over. */
  void endDue() {
    long now = System.nanoTime();
    List<Ending> due = endings.stream().filter(ending -> now - ending.nanos >= 0).toList();
    endings.removeAll(due);
    due.forEach(ending -> ending.action.run());
  }

  private InjectedFault hit(PlannedFault fault, TrialNode node) {
    if (!node.isAlive()) {
      throw impossible(fault, "%s has ended".formatted(node.name()));
    }
    long now = System.currentTimeMillis();
    switch (fault.kind()) {
      case KILL -> node.kill();
      case STOP -> {
        node.stop();
        atEnd(fault, node::resume, node.name() + " goes on");
      }
      case PARTITION -> {
        nodes.network().cut(node.number());
        atEnd(
            fault,
            () -> nodes.network().mend(node.number()),
            node.name() + " reaches the others again");
      }
      case RESTART -> {
        node.kill();
        node.start();
      }
      case LEAVE -> node.leave();
      case JOIN -> throw new IllegalArgumentException(fault.text());
    }
    return injected(fault, node, now);
  }

  private InjectedFault injected(PlannedFault fault, TrialNode node, long millis) {
    notes.accept("%s: done to %s".formatted(fault.text(), node.name()));
    return new InjectedFault(fault, node.address().toString(), millis);
  }

  private void hitDriver(PlannedFault fault) {
    ProcessHandle process =
        nodes.driver().process().orElseThrow(() -> impossible(fault, "no driver runs"));
    switch (fault.kind()) {
      case KILL -> process.destroyForcibly();
      case STOP -> {
        Signals.send("STOP", process);
        atEnd(
            fault,
            () -> {
              if (process.isAlive()) {
                Signals.send("CONT", process);
              }
            },
            "the Aeron driver goes on");
      }
      case RESTART -> {
        process.destroyForcibly();
        nodes.driver().start();
      }
      case PARTITION, LEAVE, JOIN -> throw new IllegalArgumentException(fault.text());
    }
  }

  private void atEnd(PlannedFault fault, Runnable action, String note) {
    if (fault.seconds().isPresent()) {
      endings.add(
          new Ending(
              System.nanoTime() + TimeUnit.SECONDS.toNanos(fault.seconds().getAsInt()),
              () -> {
                action.run();
                notes.accept(note);
              }));
    }
  }

  private static FaultException impossible(PlannedFault fault, String reason) {
    return new FaultException(
        "The fault %s cannot be injected: %s.".formatted(fault.text(), reason), null);
  }
}

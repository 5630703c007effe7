package jingwei.cluster.trial;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import jingwei.cluster.chaos.EffectiveTime;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.chaos.FaultKind;
import jingwei.cluster.chaos.FaultTimes;
import jingwei.cluster.chaos.HistoryChecker;
import jingwei.cluster.chaos.Verdict;
import jingwei.cluster.node.ClusterClient;
import jingwei.cluster.node.Query;
import jingwei.cluster.session.RunListener;
import jingwei.model.UserException;

/** Runs a session undisturbed, then on nodes with faults, and compares the two. */
public final class Trial {
  private static final String SESSION = "chaos";

  /** Longest time in which a session neither commits a step nor notices anything. */
  private static final Duration DEADLINE = Duration.ofMinutes(3);

  private final TrialRequest request;
  private final RunListener listener;
  private final Consumer<String> notes;

  /**
   * @param listener is told the progress of the undisturbed run
   */
  public Trial(TrialRequest request, RunListener listener) {
    this.request = request;
    this.listener = listener;
    this.notes = listener::note;
  }

  /**
   * Runs both sessions. All processes have ended when it returns.
   *
   * @throws UserException if the request cannot be carried out on this machine
   * @throws jingwei.cluster.session.FaultException if the undisturbed run fails, the nodes do not
   *     start, or a fault cannot be injected
   */
  public Verdict run() {
    if (request.plan().has(FaultKind.PARTITION) && !Namespaces.arePossible()) {
      throw new UserException(
          "A partition needs network namespaces; run this command as root on Linux with the command ip, or leave the partition out.");
    }
    notes.accept("the undisturbed run, in this process:");
    HistoryChecker.Run right =
        UndisturbedRun.run(request.undisturbed(), request.settings().session().seed(), listener);
    notes.accept("the run with faults, on %d nodes:".formatted(request.nodes()));
    DisturbedRun.Result result = disturbed();
    Path session = request.folder().resolve("sessions").resolve(SESSION);
    EpochHistory history =
        EpochHistory.of(List.of(EpochLines.read(session.resolve(EpochLog.FILE))));
    return new Verdict(
        HistoryChecker.check(
            new HistoryChecker.Run(history, FinalWeights.of(session)),
            right,
            MemoryPeaks.of(
                request.settings().device(),
                history,
                MemoryPeaks.read(session.resolve("metrics.jsonl")))),
        FaultTimes.of(result.faults(), history),
        EffectiveTime.measured(history));
  }

  private DisturbedRun.Result disturbed() {
    try (NodeProcesses nodes =
        new NodeProcesses(
            request.program(),
            network(),
            request.folder(),
            ReadableFolders.of(request.settings().data()))) {
      nodes.startFirst(request.nodes());
      notes.accept("all nodes are up");
      submit(nodes);
      DisturbedRun run =
          new DisturbedRun(nodes, nodes.sessions().resolve(SESSION), request.plan(), notes);
      DisturbedRun.Result result = run.run(request.settings().optimizer().steps(), DEADLINE);
      result.failure().ifPresent(notes);
      return result;
    }
  }

  private TrialNetwork network() {
    long pid = ProcessHandle.current().pid();
    return request.plan().has(FaultKind.PARTITION)
        ? new Namespaces(pid)
        : new LoopbackNetwork("chaos-%d-%x".formatted(pid, System.nanoTime()));
  }

  private void submit(NodeProcesses nodes) {
    try (ClusterClient client = new ClusterClient(nodes.node(1).address())) {
      client.ask(new Query.Submit(SESSION, request.text()));
    }
  }
}

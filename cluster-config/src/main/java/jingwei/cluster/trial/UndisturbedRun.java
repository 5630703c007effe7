package jingwei.cluster.trial;

import java.nio.file.Path;
import java.util.List;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.chaos.EpochHistory;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.chaos.HistoryChecker;
import jingwei.cluster.session.RunListener;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.session.RunStart;
import jingwei.cluster.session.TrainingRun;

/** The session without a cluster and without faults, in this process. */
final class UndisturbedRun {
  private UndisturbedRun() {}

  /**
   * Trains to the last step.
   *
   * @param request of a new run in a folder
   * @param seed of the session
   * @param listener is told the progress
   * @throws jingwei.model.UserException if the configuration or its data cannot be used
   * @throws jingwei.cluster.session.FaultException if the run ends before
   */
  static HistoryChecker.Run run(RunRequest request, long seed, RunListener listener) {
    Path file = request.folder().resolve(EpochLog.FILE);
    try (RecordedRun recorded = new RecordedRun(file, seed, listener);
        RunStart start = new RunStart(request, () -> false, recorded);
        TrainingRun training = start.run(FaultPlan.none())) {
      training.run(() -> false);
      recorded.ended();
    }
    return new HistoryChecker.Run(
        EpochHistory.of(List.of(EpochLines.read(file))), FinalWeights.of(request.folder()));
  }
}

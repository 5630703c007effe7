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
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunConfiguration;

/** The session without a cluster and without faults, in this process. */
public final class UndisturbedRun {
  private UndisturbedRun() {}

  /**
   * Trains to the last step.
   *
   * @param folder of the run; must not exist
   * @param listener is told the progress
   * @throws jingwei.model.UserException if the configuration or its data cannot be used
   * @throws jingwei.cluster.session.FaultException if the run ends before
   */
  public static HistoryChecker.Run run(
      Configuration configuration, Path folder, RunListener listener) {
    RunRequest request = new RunRequest(configuration, true, folder, null, null);
    Path file = folder.resolve(EpochLog.FILE);
    long seed = RunConfiguration.of(configuration).settings().session().seed();
    try (RecordedRun recorded = new RecordedRun(file, seed, listener);
        RunStart start = new RunStart(request, () -> false, recorded);
        TrainingRun training = start.run(FaultPlan.none())) {
      training.run(() -> false);
      recorded.ended();
    }
    return new HistoryChecker.Run(
        EpochHistory.of(List.of(EpochLines.read(file))), FinalWeights.of(folder));
  }
}

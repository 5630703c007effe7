package jingwei.bench.cluster;

import java.util.List;
import jingwei.bench.TrainerCase.Work;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.kernel.Precision;
import jingwei.model.step.SumOrder;

/** The preset {@code small} on random tokens, for runs within this process. */
final class SmallWork {
  static final String PRESET = "small";

  private SmallWork() {}

  /**
   * The work of a step; the rows are the same for any number of replicas.
   *
   * @param order in which gradients are added up
   */
  static Work of(int replicas, SumOrder order) {
    RunSettings settings = RunSettings.of(Configuration.resolve(PRESET, null, List.of()));
    return new Work(
        settings.model().shape(),
        settings.batch().rows(),
        settings.batch().rowsPerMicroBatch(),
        0,
        Precision.FP32,
        replicas,
        order);
  }
}

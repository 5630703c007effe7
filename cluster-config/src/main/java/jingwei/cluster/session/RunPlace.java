package jingwei.cluster.session;

import java.nio.file.Path;
import jingwei.actors.train.NodeLauncher;
import jingwei.cluster.settings.TrainingSessionSettings;

/** Where a run takes place: in this process alone, or on the nodes of a cluster. */
public interface RunPlace {
  /** In this process, with as many nodes as the settings say. */
  RunPlace THIS_PROCESS =
      new RunPlace() {
        @Override
        public NodeLauncher nodes(TrainingSessionSettings settings) {
          return NodeLauncher.inThisProcess(settings.nodes());
        }

        @Override
        public boolean isCluster() {
          return false;
        }

        @Override
        public String howToGoOn(Path folder) {
          return "resume with --run %s --resume latest".formatted(folder);
        }

        @Override
        public void requireLead() {
          // The lock of the folder keeps other processes away.
        }
      };

  /** Starts the nodes of the run. */
  NodeLauncher nodes(TrainingSessionSettings settings);

  /**
   * Whether nodes of a cluster take part. A node that leads the run then takes the folder over from
   * a node that led it before.
   */
  boolean isCluster();

  /** How a user goes on with a run that has failed, for the end of a sentence. */
  String howToGoOn(Path folder);

  /**
   * Is called before every configuration, commit, evaluation, checkpoint and fault is written to
   * the folder of the run.
   *
   * @throws LeadLostException if another node may lead the run by now
   */
  void requireLead();
}

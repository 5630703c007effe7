package jingwei.cluster.trial;

import java.nio.file.Path;
import jingwei.cluster.chaos.ChaosPlan;
import jingwei.cluster.chaos.FaultKind;
import jingwei.cluster.chaos.FaultTarget;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;

/**
 * A session, the nodes that it runs on, and what happens to them.
 *
 * @param configuration of the session
 * @param nodes number of nodes at the start
 * @param folder of the trial; exists
 * @param program of the nodes
 */
public record TrialRequest(
    Configuration configuration, ChaosPlan plan, int nodes, Path folder, NodeProgram program) {
  private static final int MOST_NODES = 32;

  /**
   * Checks that the faults are possible.
   *
   * @throws UserException if one is not, or a value cannot be used
   */
  public TrialRequest {
    if (nodes < 1 || nodes > MOST_NODES) {
      throw new UserException("--nodes %d must be between 1 and %d.".formatted(nodes, MOST_NODES));
    }
    RunSettings settings = RunSettings.of(configuration);
    if (!settings.session().nodes().isOneNode() || !settings.session().throughActors()) {
      throw new UserException(
          "The nodes of a trial are processes; leave out devices, hosts and trainer, and give --nodes.");
    }
    if (settings.data().readsStandardInput()) {
      throw new UserException(
          "The text is read more than once, so it cannot come from standard input; give a file.");
    }
    if (settings.checkpoint().isCopied()) {
      throw new UserException(
          "The nodes of a trial share one folder, so there is nothing to copy; leave checkpoint.copies out.");
    }
    if (settings.session().minutes() > 0) {
      throw new UserException("Faults are planned by steps; give steps instead of minutes.");
    }
    if (settings.optimizer().rules().bound() > 0) {
      throw new UserException(
          "With bound above 0 two runs need not have the same bits, so there is nothing to compare; leave bound out.");
    }
    plan.requireFits(nodes, settings.optimizer().steps());
    if (settings.model().shape().routedBlocks() == 0
        && plan.has(new FaultTarget.Holder(FaultTarget.Task.HOST))) {
      throw new UserException(
          "The model has no experts, so no node is the target host; take device, coordinator or node:N.");
    }
    if (plan.has(FaultKind.PARTITION) && plan.has(new FaultTarget.Driver())) {
      throw new UserException(
          "In a plan with a partition each node has an Aeron driver of its own; plan faults of the driver in another one.");
    }
  }

  RunSettings settings() {
    return RunSettings.of(configuration);
  }

  /** The configuration as a cluster takes it. */
  String text() {
    return configuration.render();
  }

  /** The run without a cluster and without faults. */
  RunRequest undisturbed() {
    return new RunRequest(configuration, true, folder.resolve("undisturbed"), null, null);
  }
}

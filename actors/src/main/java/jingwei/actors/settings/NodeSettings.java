package jingwei.actors.settings;

import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.step.StepRules;

/**
 * How many nodes a session has. No setting changes a bit of the result.
 *
 * @param devices nodes that compute; 0 if one node has all roles
 * @param hosts nodes that keep experts; 0 if one node has all roles
 */
public record NodeSettings(int devices, int hosts) {
  /** One node has all roles. */
  public static final NodeSettings ONE = new NodeSettings(0, 0);

  private static final int MOST_HOSTS = 63;

  /** The losses of a micro-batch travel in one message: 9 bytes each, and 1 MiB in all. */
  private static final int MOST_TOKENS = 100_000;

  /**
   * If only one number is above zero, the other is 1.
   *
   * @throws UserException if a number is out of its range
   */
  public NodeSettings {
    inRange("devices", devices, Members.MOST_DEVICES);
    inRange("hosts", hosts, MOST_HOSTS);
    if (devices > 0 || hosts > 0) {
      devices = Math.max(1, devices);
      hosts = Math.max(1, hosts);
    }
  }

  /** True if one node has all roles. */
  public boolean isOneNode() {
    return devices == 0;
  }

  /** The nodes of the session. */
  public Members members() {
    return isOneNode() ? Members.alone() : Members.of(devices, hosts);
  }

  /** Workers of each device if the processors are dealt out; at least one. */
  public int workersOf(int processors) {
    return Math.max(1, processors / Math.max(1, devices));
  }

  /**
   * @throws UserException if these rules or batches do not work with so many nodes
   */
  public void check(StepRules rules, BatchSettings batches) {
    Placement.checkDevices(devices, rules.replicas());
    if (devices > 1 && rules.bound() > 0) {
      throw new UserException(
          "bound = %d works with one device only, and devices = %d; set devices = 1, or start a new run with delay = %d, which all devices can follow."
              .formatted(rules.bound(), devices, rules.bound()));
    }
    if (!isOneNode() && batches.tokensPerMicroBatch() > MOST_TOKENS) {
      throw new UserException(
          "batch.rowsPerMicroBatch = %d times model.context = %d are %d tokens in a micro-batch; with several nodes at most %d are possible."
              .formatted(
                  batches.rowsPerMicroBatch(),
                  batches.context(),
                  batches.tokensPerMicroBatch(),
                  MOST_TOKENS));
    }
  }

  private static void inRange(String key, int value, int most) {
    if (value < 0 || value > most) {
      throw new UserException("%s = %d must lie between 0 and %d.".formatted(key, value, most));
    }
  }
}

package jingwei.cluster.settings;

import java.util.Arrays;
import java.util.Locale;
import jingwei.model.UserException;

/** What a node of a cluster may do. */
public enum NodeRole {
  /** Computes replicas and owns dense stages. */
  DEVICE,
  /** Keeps experts with their moments. */
  HOST,
  /** May lead sessions. */
  COORDINATOR;

  /** The name that users write, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The role of a name.
   *
   * @throws UserException if there is no such role
   */
  static NodeRole of(String text) {
    return Arrays.stream(values())
        .filter(role -> role.text().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "The role '%s' does not exist; the roles are device, host and coordinator."
                        .formatted(text)));
  }
}

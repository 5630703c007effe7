package jingwei.actors.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.Map;

/** The configuration of a node's actor system. */
public final class SystemConfiguration {
  private static final String WORKERS = "jingwei.workers.thread-pool-executor.fixed-pool-size";

  private SystemConfiguration() {}

  /**
   * @param workers threads that compute
   * @param isOneOfSeveral whether the node talks to others through Artery
   */
  public static Config of(int workers, boolean isOneOfSeveral) {
    Map<String, Object> values = Map.of(WORKERS, workers);
    return isOneOfSeveral ? ofSeveral(values) : load(ConfigFactory.parseMap(values));
  }

  /**
   * The configuration of a node that talks to others through Artery at an address of this machine.
   *
   * @param host name or address that the other nodes reach
   */
  public static Config of(int workers, String host) {
    return ofSeveral(Map.of(WORKERS, workers, "pekko.remote.artery.canonical.hostname", host));
  }

  private static Config ofSeveral(Map<String, Object> values) {
    return load(
        ConfigFactory.parseMap(values)
            .withFallback(ConfigFactory.parseResourcesAnySyntax("jingwei-nodes")));
  }

  private static Config load(Config config) {
    return ConfigFactory.load(
        config.withFallback(ConfigFactory.parseResourcesAnySyntax("jingwei-actors")));
  }
}

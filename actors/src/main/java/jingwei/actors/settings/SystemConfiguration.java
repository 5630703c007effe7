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
    Config config = ConfigFactory.parseMap(Map.of(WORKERS, workers));
    if (isOneOfSeveral) {
      config = config.withFallback(ConfigFactory.parseResourcesAnySyntax("jingwei-nodes"));
    }
    return ConfigFactory.load(
        config.withFallback(ConfigFactory.parseResourcesAnySyntax("jingwei-actors")));
  }
}

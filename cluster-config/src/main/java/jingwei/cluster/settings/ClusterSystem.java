package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import jingwei.actors.settings.SilentLogger;

/** The configurations of the actor systems that carry control messages of a cluster. */
public final class ClusterSystem {
  private static final String HOST = "pekko.remote.artery.canonical.hostname";
  private static final String PORT = "pekko.remote.artery.canonical.port";

  private ClusterSystem() {}

  /** A node; it shows its kernels to the others when it joins. */
  public static Config node(ClusterSettings settings) {
    return loaded(
        ConfigFactory.parseMap(
                Map.of(
                    HOST,
                    settings.address().host(),
                    PORT,
                    settings.address().port(),
                    "pekko.cluster.roles",
                    settings.roles().stream().sorted().map(NodeRole::text).toList()))
            .withFallback(KernelCheck.configuration()));
  }

  /**
   * A client, which is no member.
   *
   * @param host address of this machine that the nodes reach
   */
  public static Config client(String host) {
    return loaded(
        ConfigFactory.parseMap(
            Map.of(
                HOST,
                host,
                PORT,
                0,
                "pekko.actor.provider",
                "remote",
                "pekko.use-slf4j",
                "off",
                "pekko.loggers",
                List.of(SilentLogger.class.getName()))));
  }

  private static Config loaded(Config values) {
    return ConfigFactory.load(
        values.withFallback(ConfigFactory.parseResourcesAnySyntax("jingwei-cluster")));
  }
}

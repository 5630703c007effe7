package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.bytes;
import static jingwei.cluster.settings.ConfigValues.choice;
import static jingwei.cluster.settings.ConfigValues.memory;
import static jingwei.cluster.settings.ConfigValues.whole;

import com.typesafe.config.Config;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.UserException;

/**
 * The name and the seed of a run, and how the run uses the machine.
 *
 * @param seed of all randomness
 * @param minutes time limit that the number of steps is planned from; 0 if it is fixed
 * @param name of the run's folder
 * @param throughActors false for the single-threaded reference trainer
 * @param actors settings of the actors, including the transport of tensors
 * @param nodes number of nodes in this process; a cluster has others
 * @param dealsCores true if the cores of a machine are divided among its devices, so that the
 *     number of workers in {@code actors} holds in this process only
 */
public record TrainingSessionSettings(
    long seed,
    double minutes,
    String name,
    boolean throughActors,
    ActorSettings actors,
    NodeSettings nodes,
    boolean dealsCores) {
  public TrainingSessionSettings {
    if (!(minutes >= 0) || Double.isInfinite(minutes)) {
      throw new UserException("minutes = %s must not be below zero.".formatted(minutes));
    }
    if (!throughActors && !nodes.isOneNode()) {
      throw new UserException(
          "trainer = reference computes on one thread without nodes; set devices and hosts to 0, or set trainer = actors.");
    }
  }

  private enum TrainerKind {
    ACTORS,
    REFERENCE
  }

  TrainingSessionSettings planned() {
    return new TrainingSessionSettings(seed, 0, name, throughActors, actors, nodes, dealsCores);
  }

  static TrainingSessionSettings of(Config config) {
    NodeSettings nodes = new NodeSettings(whole(config, "devices"), whole(config, "hosts"));
    return new TrainingSessionSettings(
        ConfigValues.wholeLong(config, "seed"),
        config.getDouble("minutes"),
        config.getString("name"),
        choice(config, "trainer", TrainerKind.class) == TrainerKind.ACTORS,
        actors(config, nodes),
        nodes,
        dealsCores(config));
  }

  private static boolean dealsCores(Config config) {
    return config.getString("lanes").equals("auto");
  }

  private static ActorSettings actors(Config config, NodeSettings nodes) {
    return new ActorSettings(
        dealsCores(config)
            ? nodes.workersOf(Runtime.getRuntime().availableProcessors())
            : whole(config, "lanes"),
        whole(config, "inFlight"),
        config.getBoolean("recompute"),
        whole(config, "lookahead"),
        config.getDuration("deadline"),
        new TransportSettings(
            choice(config, "transport.local", TransportSettings.Local.class),
            bytes(config, "transport.termBytes"),
            bytes(config, "transport.partBytes"),
            config.getDuration("deadline").toMillis(),
            config.getString("transport.folder"),
            LinkSettings.both(
                new LinkSpeed(
                    memory(config, "ecss.link.bandwidth"),
                    config.getDuration("ecss.link.latency").toNanos()))));
  }
}

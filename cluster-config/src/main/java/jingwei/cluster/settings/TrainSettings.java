package jingwei.cluster.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Precision;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RouteMode;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;

/**
 * Everything a run is made of, read from a {@link Configuration} once; nobody else reads
 * configuration.
 *
 * @param seed of all randomness
 * @param steps of the run
 * @param minutes over which the steps are still to be planned; 0 where they stand
 * @param name of the run's folder
 * @param routeMode how token ids are dealt
 * @param data where the text comes from
 * @param tokenizerFile empty to train one
 * @param tokenizerTrainingBytes of text that tokenizer training looks at
 * @param rules optimizer, logical replicas and staleness
 * @param learningRate schedule over the steps
 * @param checkpointEvery steps; 0 for the end only
 * @param checkpointKeep how many
 * @param evaluationEvery steps; 0 for the end only
 * @param evaluationTokens of each domain
 * @param deviceMemoryBytes budget of dense weights and moments, activations, gradients, and experts
 *     on the device
 * @param hostMemoryBytes budget of experts with their moments, and their gradients
 * @param throughActors false for the single-threaded reference trainer
 * @param actors how actors use the machine
 */
public record TrainSettings(
    long seed,
    long steps,
    double minutes,
    String name,
    RouteMode routeMode,
    DataSettings data,
    String tokenizerFile,
    long tokenizerTrainingBytes,
    StepRules rules,
    LearningRate learningRate,
    long checkpointEvery,
    int checkpointKeep,
    long evaluationEvery,
    long evaluationTokens,
    long deviceMemoryBytes,
    long hostMemoryBytes,
    boolean throughActors,
    ActorSettings actors) {

  public TrainSettings {
    if (!(minutes >= 0) || Double.isInfinite(minutes)) {
      throw new UserException("minutes = %s must not be below zero.".formatted(minutes));
    }
    if (checkpointEvery < 0 || evaluationEvery < 0 || checkpointKeep < 1 || evaluationTokens < 1) {
      throw new UserException(
          "checkpoint.every = %d and evaluation.every = %d must not be below 0, checkpoint.keep = %d and evaluation.tokensPerDomain = %d must be above 0."
              .formatted(checkpointEvery, evaluationEvery, checkpointKeep, evaluationTokens));
    }
  }

  /** Reads and checks every value. */
  public static TrainSettings of(Configuration configuration) {
    return reading(configuration, TrainSettings::read);
  }

  /** Model sizes for so many domains; the vocabulary is the tokenizer's. */
  public static DecoderShape shape(Configuration configuration, int vocabulary, int domains) {
    return reading(
        configuration,
        config -> {
          Config model = config.getConfig("model");
          int routed = whole(model, "routedBlocks");
          return new DecoderShape(vocabulary, whole(model, "context"), new DecoderShape.Sizes(whole(model, "width"), whole(model, "heads"), whole(model, "innerWidth")), new DecoderShape.Stack(whole(model, "denseBlocks"), routed, model.getBoolean("queryLayer")), new DecoderShape.Experts(domains, routed == 0 ? 0 : whole(model, "expertsPerDomain")));
        });
  }

  /** Model sizes as they are configured, without data. */
  public static DecoderShape shape(Configuration configuration) {
    return shape(
        configuration, vocabulary(configuration), reading(configuration, c -> whole(c, "domains")));
  }

  /** The vocabulary that a tokenizer is trained to. */
  public static int vocabulary(Configuration configuration) {
    return reading(configuration, config -> whole(config, "model.vocabulary"));
  }

  /** How batches are filled from domains of these names. */
  public BatchSettings batches(Configuration configuration, List<String> domains) {
    for (String name : data.weights().keySet()) {
      if (!domains.contains(name)) {
        throw new UserException(
            "data.weights names the domain '%s', which the data does not have; it has %s."
                .formatted(name, String.join(", ", domains)));
      }
    }
    return reading(
        configuration,
        config ->
            new BatchSettings(
                whole(config, "batch.rows"),
                whole(config, "batch.rowsPerMicroBatch"),
                whole(config, "replicas"),
                whole(config, "model.context"),
                whole(config, "domainsPerBatch"),
                domains.stream().map(domain -> data.weights().getOrDefault(domain, 1.0)).toList()));
  }

  private static TrainSettings read(Config config) {
    long steps = wholeLong(config, "steps");
    return new TrainSettings(
        wholeLong(config, "seed"),
        steps,
        config.getDouble("minutes"),
        config.getString("name"),
        choice(config, "route.mode", RouteMode.class),
        DataSettings.of(config),
        config.getString("tokenizer.file"),
        config.getBytes("tokenizer.trainingBytes"),
        rules(config),
        learningRate(config, steps),
        wholeLong(config, "checkpoint.every"),
        whole(config, "checkpoint.keep"),
        wholeLong(config, "evaluation.every"),
        wholeLong(config, "evaluation.tokensPerDomain"),
        memory(config, "device.memory"),
        memory(config, "host.memory"),
        choice(config, "trainer", TrainerKind.class) == TrainerKind.ACTORS,
        actors(config));
  }

  private enum TrainerKind {
    ACTORS,
    REFERENCE
  }

  private static ActorSettings actors(Config config) {
    String lanes = config.getString("lanes");
    return new ActorSettings(
        lanes.equals("auto") ? Runtime.getRuntime().availableProcessors() : whole(config, "lanes"),
        whole(config, "inFlight"),
        config.getBoolean("recompute"),
        whole(config, "lookahead"),
        config.getDuration("deadline"),
        new TransportSettings(
            choice(config, "transport.local", TransportSettings.Local.class),
            bytes(config, "transport.termBytes"),
            bytes(config, "transport.partBytes"),
            config.getDuration("deadline").toMillis(),
            config.getString("transport.folder")));
  }

  private static StepRules rules(Config config) {
    AdamSettings adam =
        new AdamSettings(
            config.getDouble("optimizer.beta1"),
            config.getDouble("optimizer.beta2"),
            config.getDouble("optimizer.epsilon"),
            config.getDouble("optimizer.expertEpsilon"),
            config.getDouble("optimizer.weightDecay"),
            config.getDouble("optimizer.clipNorm"),
            choice(config, "clip", AdamSettings.Clip.class),
            choice(config, "optimizer.inactive", AdamSettings.Inactive.class),
            choice(config, "optimizer.clock", AdamSettings.Clock.class));
    SpikeRule spikes =
        new SpikeRule(
            choice(config, "spike.action", SpikeRule.Action.class),
            whole(config, "spike.window"),
            config.getDouble("spike.deviations"),
            whole(config, "spike.mostRefused"));
    return new StepRules(
        adam,
        whole(config, "replicas"),
        whole(config, "delay"),
        whole(config, "bound"),
        spikes,
        choice(config, "precision", Precision.class));
  }

  private static LearningRate learningRate(Config config, long steps) {
    return new LearningRate(
        choice(config, "learningRate.shape", LearningRate.Shape.class),
        config.getDouble("learningRate.peak"),
        config.getDouble("learningRate.end"),
        wholeLong(config, "learningRate.warmupSteps"),
        steps,
        config.getDouble("learningRate.decayShare"));
  }

  private static int whole(Config config, String key) {
    double value = config.getDouble(key);
    if (value != Math.rint(value) || Math.abs(value) > Integer.MAX_VALUE) {
      throw new UserException("%s = %s must be a whole number.".formatted(key, value));
    }
    return (int) value;
  }

  /** The same up to the numbers that a double still tells apart; integers as they are written. */
  private static long wholeLong(Config config, String key) {
    double value = config.getDouble(key);
    if (config.getValue(key).unwrapped() instanceof Long exact) {
      return exact;
    }
    if (value != Math.rint(value) || Math.abs(value) > 0x1p53) {
      throw new UserException("%s = %s must be a whole number.".formatted(key, value));
    }
    return (long) value;
  }

  private static int bytes(Config config, String key) {
    long bytes = config.getBytes(key);
    if (bytes > Integer.MAX_VALUE) {
      throw new UserException(
          "%s = %,d bytes must not be above %,d bytes.".formatted(key, bytes, Integer.MAX_VALUE));
    }
    return (int) bytes;
  }

  private static long memory(Config config, String key) {
    return config.getString(key).equals("unlimited") ? Long.MAX_VALUE : config.getBytes(key);
  }

  static <E extends Enum<E>> E choice(Config config, String key, Class<E> type) {
    String given = config.getString(key);
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> spelled(constant).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "%s = %s is not one of %s."
                        .formatted(
                            key,
                            given,
                            String.join(
                                ", ",
                                Arrays.stream(type.getEnumConstants())
                                    .map(TrainSettings::spelled)
                                    .toList()))));
  }

  private static String spelled(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private interface Reader<T> {
    T read(Config config);
  }

  private static <T> T reading(Configuration configuration, Reader<T> reader) {
    try {
      return reader.read(configuration.config());
    } catch (ConfigException | ArithmeticException e) {
      throw new UserException(
          "The configuration has a value of the wrong kind: " + e.getMessage() + ".", e);
    }
  }
}

package jingwei.cluster.settings;

import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.routing.RouteMode;

/**
 * All settings of a run: the values of a {@link Configuration} as records, read once. Only this
 * package reads values from a configuration.
 *
 * @param model sizes and route tables
 * @param data sources of the text, and the tokenizer
 * @param batch packing of text into batches
 * @param optimizer optimizer and learning rate
 * @param device memory budgets of device and host
 * @param checkpoint intervals of checkpoints and evaluations
 * @param session name, seed, actors and nodes of the run, including the transport of tensors
 */
public record RunSettings(
    ModelSettings model,
    DataSettings data,
    BatchTemplate batch,
    OptimizerSettings optimizer,
    DeviceSettings device,
    CheckpointSettings checkpoint,
    TrainingSessionSettings session) {
  public RunSettings {
    session.nodes().check(optimizer.rules(), batch.sizes());
    if (data.live().isLive() && model.routeMode() == RouteMode.GREEDY) {
      throw new UserException(
          "route.mode = greedy counts all tokens before training, which data.live = true cannot; set route.mode = permute.");
    }
  }

  /**
   * Reads and checks every value.
   *
   * @throws jingwei.model.UserException if a value has the wrong type or is out of range
   */
  public static RunSettings of(Configuration configuration) {
    return ConfigValues.read(
        configuration.config(),
        config ->
            new RunSettings(
                ModelSettings.of(config),
                DataSettings.of(config),
                BatchTemplate.of(config),
                OptimizerSettings.of(config),
                DeviceSettings.of(config),
                CheckpointSettings.of(config),
                TrainingSessionSettings.of(config)));
  }

  /** The settings of the run that wrote a checkpoint. */
  public static RunSettings of(Manifest manifest) {
    return of(Configuration.ofText(manifest.run().configuration(), "the checkpoint"));
  }

  /** These settings with a planned number of steps. */
  RunSettings withSteps(long steps) {
    return new RunSettings(
        model, data, batch, optimizer.withSteps(steps), device, checkpoint, session.planned());
  }
}

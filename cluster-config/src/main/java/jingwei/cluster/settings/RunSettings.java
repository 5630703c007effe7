package jingwei.cluster.settings;

import jingwei.model.checkpoint.Manifest;

/**
 * Everything that a run is made of: the values of a {@link Configuration} as records, read once.
 * Nothing but this package asks the configuration for a value.
 *
 * @param model sizes and route tables
 * @param data where the text comes from and what encodes it
 * @param batch how text becomes batches
 * @param optimizer how gradients become weights
 * @param device memory of device and host
 * @param checkpoint when the run saves and evaluates
 * @param session how long the run is and how it uses the machine, the transport of tensors included
 */
public record RunSettings(
    ModelSettings model,
    DataSettings data,
    BatchTemplate batch,
    OptimizerSettings optimizer,
    DeviceSettings device,
    CheckpointSettings checkpoint,
    TrainingSessionSettings session) {

  /**
   * Reads and checks every value.
   *
   * @throws jingwei.model.UserException if one is of the wrong kind or out of its range
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

  /** The same when the steps are planned. */
  RunSettings withSteps(long steps) {
    return new RunSettings(
        model, data, batch, optimizer.withSteps(steps), device, checkpoint, session.planned());
  }
}

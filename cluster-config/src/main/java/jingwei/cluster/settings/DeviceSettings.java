package jingwei.cluster.settings;

import static jingwei.cluster.settings.ConfigValues.memory;

import com.typesafe.config.Config;

/**
 * Memory budgets of each device and of each host.
 *
 * @param memoryBytes budget of a device for dense weights and moments, activations, gradients, and
 *     experts on the device
 * @param hostMemoryBytes budget of a host for experts with their moments and gradients
 */
public record DeviceSettings(long memoryBytes, long hostMemoryBytes) {
  static DeviceSettings of(Config config) {
    return new DeviceSettings(memory(config, "device.memory"), memory(config, "host.memory"));
  }
}

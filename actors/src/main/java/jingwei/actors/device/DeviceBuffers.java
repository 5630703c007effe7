package jingwei.actors.device;

import java.util.List;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.memory.NativeMemory;

/**
 * The memory of a device.
 *
 * @param activations one for each micro-batch that may be in flight
 * @param slots most experts on the device at once; each is allocated at its first use
 * @param maxTokens most tokens of a micro-batch
 * @param memory from which everything is allocated
 */
public record DeviceBuffers(
    List<ActivationBuffers> activations, int slots, int maxTokens, NativeMemory memory) {
  public DeviceBuffers {
    activations = List.copyOf(activations);
  }
}

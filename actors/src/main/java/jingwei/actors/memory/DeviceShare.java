package jingwei.actors.memory;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jingwei.actors.placement.Placement;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.Stage;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerState;
import jingwei.model.step.StepRules;

/**
 * The share of one device in the work, which its memory depends on.
 *
 * @param stages dense stages that the device owns; it has copies of the others
 * @param replicas number of logical replicas that it computes
 * @param allReplicas number of all logical replicas
 */
public record DeviceShare(Decoder decoder, Set<Integer> stages, int replicas, int allReplicas) {
  public DeviceShare {
    stages = Set.copyOf(stages);
  }

  /** The only device. */
  public static DeviceShare alone(Decoder decoder, int replicas) {
    Set<Integer> all = new TreeSet<>();
    IntStream.range(0, decoder.stages().size()).forEach(all::add);
    return new DeviceShare(decoder, all, replicas, replicas);
  }

  /** The share that a placement gives a device. */
  public static DeviceShare of(Decoder decoder, Placement placement, int device) {
    return new DeviceShare(
        decoder,
        Set.copyOf(placement.stagesOf(device)),
        placement.replicasOf(device).size(),
        placement.replicas().size());
  }

  /** Number of micro-batches of a step on this device. */
  int microBatches(BatchSettings batches) {
    return batches.rows() / batches.rowsPerMicroBatch() / allReplicas * replicas;
  }

  /** Bytes of the weights and moments of the stages that the device owns. */
  long stateBytes(ElementType type) {
    long bytes = 0;
    for (int stage : stages) {
      bytes += OwnerState.TENSORS * bytes(stage, type);
    }
    return bytes;
  }

  /**
   * Bytes of what stages have besides: gradients of all stages, older weights of those that the
   * device owns, and copies of the weights of the others.
   */
  long gradientBytes(ElementType type, StepRules rules) {
    long versions = rules.versions();
    long bytes = 0;
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      bytes +=
          stages.contains(stage)
              ? bytes(stage, type) * (allReplicas * versions + versions)
              : bytes(stage, type) * (replicas * versions + rules.openSteps());
    }
    return bytes;
  }

  private long bytes(int stage, ElementType type) {
    Stage dense = decoder.stages().get(stage);
    Owner owner = dense.owner();
    return NativeMemory.rounded(owner.layout().length() * type.bytes());
  }
}

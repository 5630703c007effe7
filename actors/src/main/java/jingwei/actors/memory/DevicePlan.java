package jingwei.actors.memory;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.device.Device;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.worker.CountedKernels;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Backend;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.step.StepRules;

/**
 * Divides the memory of a device. Dense stages and workers come first, then a few activation
 * buffers, then slots for experts. Memory that useful slots leave is used for more activation
 * buffers.
 *
 * @param workers one workspace for each worker
 * @param activations buffers for micro-batches in flight
 * @param slots most experts on the device at once
 * @param reservedBytes that stages and workers allocate later
 */
public record DevicePlan(
    List<Workspace> workers, List<ActivationBuffers> activations, int slots, long reservedBytes) {
  /** Activation buffers that come before slots; memory that useful slots leave gives more. */
  static final int BUFFERS_BEFORE_SLOTS = 4;

  static final int MOST_BUFFERS = 8;

  /** Most bytes of the other buffers together: memory without a budget is finite, too. */
  private static final long MOST_OTHER_BYTES = 1L << 30;

  /**
   * Allocates workers and activation buffers; slots are allocated at their first use, stages when
   * they start.
   *
   * @param share of the device in the work
   * @param settings of the device
   * @param backend computes for the device
   * @param memory of the device, in the space of the backend
   * @param progress that the kernels of the workers count in
   * @param allocated runs after each worker and each activation buffer
   */
  public static DevicePlan of(
      RunPlan run,
      DeviceShare share,
      ActorSettings settings,
      Backend backend,
      NativeMemory memory,
      Progress progress,
      Runnable allocated) {
    if (!memory.space().equals(backend.space())) {
      throw new IllegalArgumentException(
          "memory of the %s space for the %s backend"
              .formatted(memory.space().name(), backend.name()));
    }
    Decoder decoder = share.decoder();
    StepRules rules = run.rules();
    BatchSettings batches = run.batches();
    ElementType type = run.model().type();
    MemoryNeed.ofDevice(share, type, rules, settings, batches)
        .refuseTooLittle(memory.budgetBytes(), Long.MAX_VALUE, Long.MAX_VALUE);
    int maxTokens = batches.tokensPerMicroBatch();
    List<Workspace> workers = new ArrayList<>();
    for (int i = 0; i < settings.workers(); i++) {
      workers.add(
          new Workspace(
              decoder,
              new CountedKernels(
                  backend.kernels(
                      rules.precision(), memory, Workspace.largestSide(decoder, maxTokens)),
                  progress),
              type,
              maxTokens,
              memory));
      allocated.run();
    }
    long reserved =
        share.stateBytes(type)
            + share.gradientBytes(type, rules)
            + MemoryNeed.embeddedBytes(decoder, type, batches)
            + settings.workers() * MemoryNeed.kernelScratchBytes(decoder);
    boolean routed = decoder.shape().routedBlocks() > 0;
    long slotBytes = routed ? Device.slotBytes(decoder, share.replicas(), type) : 0;
    long fewest = reserved + MemoryNeed.FEWEST_SLOTS * slotBytes;
    int microBatches = share.microBatches(batches);
    int beforeSlots = buffersBeforeSlots(settings, rules, microBatches);
    long useful =
        reserved + (routed ? MemoryNeed.usefulSlots(decoder, rules, settings) * slotBytes : 0);
    List<ActivationBuffers> activations = new ArrayList<>();
    long before = memory.usedBytes();
    activations.add(new ActivationBuffers(decoder, type, maxTokens, settings.recompute(), memory));
    allocated.run();
    long bufferBytes = memory.usedBytes() - before;
    int wanted = beforeSlots;
    // Recomputation is for scarce memory, and weight gradients do not wait then.
    if (settings.inFlight() == 0 && !settings.recompute()) {
      long others = Math.min(MOST_BUFFERS - beforeSlots, MOST_OTHER_BYTES / bufferBytes);
      wanted = (int) Math.min(beforeSlots + others, microBatches);
    }
    while (activations.size() < wanted
        && left(memory) - bufferBytes >= (activations.size() < beforeSlots ? fewest : useful)) {
      activations.add(
          new ActivationBuffers(decoder, type, maxTokens, settings.recompute(), memory));
      allocated.run();
    }
    return new DevicePlan(
        workers,
        activations,
        routed
            ? (int)
                Math.min(
                    MemoryNeed.usefulSlots(decoder, rules, settings),
                    (left(memory) - reserved) / slotBytes)
            : 0,
        reserved);
  }

  /**
   * Activation buffers that are allocated before slots, if there is room for the fewest slots. A
   * configured number is at most the number of micro-batches of all steps that may be open.
   */
  static int buffersBeforeSlots(ActorSettings settings, StepRules rules, int microBatches) {
    return settings.inFlight() > 0
        ? (int) Math.min(settings.inFlight(), (long) rules.versions() * microBatches)
        : Math.min(BUFFERS_BEFORE_SLOTS, microBatches);
  }

  private static long left(NativeMemory memory) {
    return memory.budgetBytes() - memory.usedBytes();
  }
}

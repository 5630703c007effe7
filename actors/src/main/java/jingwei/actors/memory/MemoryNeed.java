package jingwei.actors.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import jingwei.actors.device.Device;
import jingwei.actors.settings.ActorSettings;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.Workspace;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerState;
import jingwei.model.step.StepRules;

/**
 * The least memory that a session needs, counted before any is allocated. More micro-batches in
 * flight and more experts on the device are optional, so they are left out. On the host every
 * expert counts: it takes its memory when it is first used, and a step or an evaluation may use
 * any.
 *
 * @param device bytes by purpose
 * @param host bytes by purpose
 */
public record MemoryNeed(SequencedMap<String, Long> device, SequencedMap<String, Long> host) {
  /** One expert computes while another is fetched. */
  public static final int FEWEST_SLOTS = 2;

  /** Partial gradients of evicted experts, on the host. */
  static final String EVICTED = "gradients of experts that make room for others";

  /**
   * Scratch of the kernels of one worker: two blocks of 48 rows of scores. They grow to twice the
   * longest segment, and the smaller blocks before them stay allocated.
   */
  static long kernelScratchBytes(Decoder decoder) {
    return Math.max(2 << 20, 4L * 2 * 48 * Float.BYTES * decoder.shape().context());
  }

  /**
   * The need of a session that trains through actors on one node.
   *
   * @param deviceBudget bytes of device memory; if it holds fewer experts than may be needed at
   *     once, partial gradients move to the host and back
   */
  public static MemoryNeed ofActors(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      ActorSettings settings,
      BatchSettings batches,
      long deviceBudget) {
    refuseTooLong(decoder, rules.replicas());
    DeviceShare share = DeviceShare.alone(decoder, rules.replicas());
    SequencedMap<String, Long> device = ofDevice(share, type, rules, settings, batches).device;
    SequencedMap<String, Long> host = new LinkedHashMap<>();
    if (decoder.shape().routedBlocks() > 0) {
      host.put("experts with their moments", states(decoder, type, true));
      olderVersions(decoder, type, rules, host);
      long experts = gradientsAtOnce(decoder, rules, batches);
      long elements = decoder.expertLayout().length();
      host.put(
          "gradients of the experts of open steps",
          experts * NativeMemory.rounded(elements * type.bytes()));
      if (mayEvict(share, type, rules, settings, batches, deviceBudget)) {
        host.put(
            EVICTED, experts * NativeMemory.rounded(rules.replicas() * elements * type.bytes()));
      }
    }
    return new MemoryNeed(device, host);
  }

  /**
   * Whether the memory of a device holds fewer experts than may be needed at once. Then partial
   * gradients move to a host and back.
   */
  static boolean mayEvict(
      DeviceShare share,
      ElementType type,
      StepRules rules,
      ActorSettings settings,
      BatchSettings batches,
      long deviceBudget) {
    Decoder decoder = share.decoder();
    int microBatches = share.microBatches(batches);
    long otherBuffers = DevicePlan.buffersBeforeSlots(settings, rules, microBatches) - 1L;
    long otherSlots = usefulSlots(decoder, rules, settings) - FEWEST_SLOTS;
    long bufferBytes =
        bufferBytes(decoder, type, batches.tokensPerMicroBatch(), settings.recompute());
    long slotBytes = Device.slotBytes(decoder, share.replicas(), type);
    long least = ofDevice(share, type, rules, settings, batches).deviceBytes();
    return deviceBudget - least < otherBuffers * bufferBytes + otherSlots * slotBytes;
  }

  /** The need of one device; that of hosts is left out. */
  static MemoryNeed ofDevice(
      DeviceShare share,
      ElementType type,
      StepRules rules,
      ActorSettings settings,
      BatchSettings batches) {
    Decoder decoder = share.decoder();
    int maxTokens = batches.tokensPerMicroBatch();
    SequencedMap<String, Long> device = new LinkedHashMap<>();
    device.put("dense weights and moments", share.stateBytes(type));
    device.put("their gradients", share.gradientBytes(type, rules));
    device.put(
        "workers (lanes = %d)".formatted(settings.workers()),
        settings.workers() * workerBytes(decoder, type, rules, maxTokens));
    device.put(
        "a micro-batch in flight", bufferBytes(decoder, type, maxTokens, settings.recompute()));
    device.put("embedded rows of a step", embeddedBytes(decoder, type, batches));
    if (decoder.shape().routedBlocks() > 0) {
      device.put(
          "%d experts".formatted(FEWEST_SLOTS),
          FEWEST_SLOTS * Device.slotBytes(decoder, share.replicas(), type));
    }
    return new MemoryNeed(device, new LinkedHashMap<>());
  }

  /** The need of the reference trainer. */
  public static MemoryNeed ofReference(
      Decoder decoder, ElementType type, StepRules rules, BatchSettings batches) {
    refuseTooLong(decoder, rules.replicas());
    int maxTokens = batches.tokensPerMicroBatch();
    SequencedMap<String, Long> device = new LinkedHashMap<>();
    device.put("dense weights and moments", states(decoder, type, false));
    device.put("a worker", workerBytes(decoder, type, rules, maxTokens));
    device.put("a micro-batch", bufferBytes(decoder, type, maxTokens, false));
    device.put("embedded rows of a step", embeddedBytes(decoder, type, batches));
    long gradients = gradientBytes(decoder, type, rules);
    SequencedMap<String, Long> host = new LinkedHashMap<>();
    if (decoder.shape().routedBlocks() > 0) {
      host.put("experts with their moments", states(decoder, type, true));
      olderVersions(decoder, type, rules, host);
      gradients +=
          expertsOfStep(decoder.shape(), batches)
              * NativeMemory.rounded(
                  rules.replicas() * decoder.expertLayout().length() * type.bytes());
    }
    device.put("gradients", gradients);
    return new MemoryNeed(device, host);
  }

  /** Bytes that a worker of an evaluation needs besides the model. */
  public static long workerOfEvaluation(
      Decoder decoder, ElementType type, StepRules rules, int maxTokens) {
    return workerBytes(decoder, type, rules, maxTokens)
        + bufferBytes(decoder, type, maxTokens, false);
  }

  /** Bytes of a device. */
  public long deviceBytes() {
    return sum(device);
  }

  /** Bytes of the host. */
  public long hostBytes() {
    return sum(host);
  }

  /**
   * Refuses budgets that are too small, and a machine with too little memory.
   *
   * @param availableBytes that are free on the machine
   * @throws UserException with needed and available bytes
   */
  public void refuseTooLittle(long deviceBudget, long hostBudget, long availableBytes) {
    refuse("device", device, deviceBudget);
    refuse("host", host, hostBudget);
    if (deviceBytes() + hostBytes() > availableBytes) {
      throw new UserException(
          "The machine's memory is too small: %s needed at least (device %s, host %s), %s available; choose a smaller model or batch, or end other programs."
              .formatted(
                  bytes(deviceBytes() + hostBytes()),
                  bytes(deviceBytes()),
                  bytes(hostBytes()),
                  bytes(availableBytes)));
    }
  }

  private static void refuse(String name, SequencedMap<String, Long> items, long budget) {
    if (sum(items) > budget) {
      StringBuilder list = new StringBuilder();
      items.forEach(
          (what, size) -> list.append(list.isEmpty() ? "" : ", ").append(what + " " + bytes(size)));
      throw new UserException(
          "%s.memory is too small: %s needed at least (%s), %s available; give that much, or choose a smaller model or batch."
              .formatted(name, bytes(sum(items)), list, bytes(budget)));
    }
  }

  /**
   * Most gradients of experts that the host holds at once. An expert has one for each step whose
   * weights it reads. One more step may be open while the last experts of the previous step are
   * updated.
   */
  private static long gradientsAtOnce(Decoder decoder, StepRules rules, BatchSettings batches) {
    long all = (long) decoder.shape().routedBlocks() * decoder.shape().expertsPerBlock();
    return Math.min(
        rules.versions() * all, rules.openSteps() * expertsOfStep(decoder.shape(), batches));
  }

  /** Slots for the experts of all steps in the lookahead window. */
  public static long usefulSlots(Decoder decoder, StepRules rules, ActorSettings settings) {
    long experts = (long) decoder.shape().routedBlocks() * decoder.shape().expertsPerBlock();
    return experts * (rules.openSteps() + settings.lookahead());
  }

  /** Gradients and older weights of the dense stages. */
  static long gradientBytes(Decoder decoder, ElementType type, StepRules rules) {
    long bytes = 0;
    for (Owner owner : decoder.owners()) {
      if (!owner.isExpert()) {
        long one = NativeMemory.rounded(owner.layout().length() * type.bytes());
        bytes += one * ((long) rules.replicas() * rules.versions() + rules.versions());
      }
    }
    return bytes;
  }

  /** Bytes of the embedded rows that a step keeps until the head has finished all micro-batches. */
  static long embeddedBytes(Decoder decoder, ElementType type, BatchSettings batches) {
    long held = (long) batches.rows() / batches.replicas() * batches.context();
    return held * decoder.shape().width() * type.bytes();
  }

  /** All values of an owner are one matrix row, and so are the sums of all replicas. */
  static void refuseTooLong(Decoder decoder, int replicas) {
    for (Owner owner : decoder.owners()) {
      long weights = owner.layout().length();
      if (weights > Integer.MAX_VALUE) {
        throw new UserException(
            "%s has %,d weights, and more than %,d in one place are not possible; choose a smaller model.width or model.innerWidth."
                .formatted(owner.name(), weights, Integer.MAX_VALUE));
      }
      if (weights * replicas > Integer.MAX_VALUE) {
        throw new UserException(
            "%s has %,d weights, and the gradients of %d replicas do not fit into one place of %,d values; choose fewer replicas or a smaller model."
                .formatted(owner.name(), weights, replicas, Integer.MAX_VALUE));
      }
    }
  }

  private static long states(Decoder decoder, ElementType type, boolean experts) {
    long bytes = 0;
    for (Owner owner : decoder.owners()) {
      if (owner.isExpert() == experts) {
        bytes += OwnerState.TENSORS * NativeMemory.rounded(owner.layout().length() * type.bytes());
      }
    }
    return bytes;
  }

  /** With staleness, the host may keep this many older versions of every expert. */
  private static void olderVersions(
      Decoder decoder, ElementType type, StepRules rules, SequencedMap<String, Long> host) {
    if (rules.mostStale() > 0) {
      long experts = (long) decoder.shape().routedBlocks() * decoder.shape().expertsPerBlock();
      long one = NativeMemory.rounded(decoder.expertLayout().length() * type.bytes());
      host.put("older versions of the experts", experts * rules.versions() * one);
    }
  }

  private static long workerBytes(
      Decoder decoder, ElementType type, StepRules rules, int maxTokens) {
    return workspaceBytes(decoder, type, rules, maxTokens) + kernelScratchBytes(decoder);
  }

  /** A worker that runs no attention and no product. */
  static long workspaceBytes(Decoder decoder, ElementType type, StepRules rules, int maxTokens) {
    try (NativeMemory memory = NativeMemory.counting("worker")) {
      new Workspace(
          decoder,
          rules.precision().kernels(memory, Workspace.largestSide(decoder, maxTokens)),
          type,
          maxTokens,
          memory);
      return memory.usedBytes();
    }
  }

  private static long bufferBytes(
      Decoder decoder, ElementType type, int maxTokens, boolean recompute) {
    try (NativeMemory memory = NativeMemory.counting("activations")) {
      new ActivationBuffers(decoder, type, maxTokens, recompute, memory);
      return memory.usedBytes();
    }
  }

  private static long expertsOfStep(DecoderShape shape, BatchSettings batches) {
    long domains =
        batches.domainsPerBatch() == 0 ? batches.weights().size() : batches.domainsPerBatch();
    return domains * shape.expertsPerDomain() * shape.routedBlocks();
  }

  private static long sum(Map<String, Long> items) {
    return items.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String bytes(long bytes) {
    return bytes == Long.MAX_VALUE ? "unlimited" : "%,d bytes".formatted(bytes);
  }
}

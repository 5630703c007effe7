package jingwei.actors.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.data.ActiveExperts;
import jingwei.model.data.BatchPart;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.StepRules;

/**
 * What the actors of one device share, and no others: workers, activation buffers and slots by
 * number, and the device's parts of batches. Each actor touches only what a message has handed it.
 */
public final class Device {
  private final Decoder decoder;
  private final ElementType type;
  private final StepRules rules;
  private final WorkerPool workers;
  private final DeviceBuffers buffers;
  private final Slot[] slots;
  private final Map<Long, BatchPart> parts = new ConcurrentHashMap<>();
  private final DevicePlace place;
  private final FaultPlan faults;
  private final EcssStatistics ecss = new EcssStatistics();

  /**
   * @param type element type of weights and activations
   * @param place of the device among the devices
   * @param faults to inject
   */
  public Device(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      WorkerPool workers,
      DeviceBuffers buffers,
      DevicePlace place,
      FaultPlan faults) {
    this.decoder = decoder;
    this.type = type;
    this.rules = rules;
    this.workers = workers;
    this.buffers = buffers;
    this.slots = new Slot[buffers.slots()];
    this.place = place;
    this.faults = faults;
  }

  /** The decoder, whose stages this device computes. */
  public Decoder decoder() {
    return decoder;
  }

  ElementType type() {
    return type;
  }

  /** The rules of a step. */
  public StepRules rules() {
    return rules;
  }

  /** The workers of this device. */
  public WorkerPool workers() {
    return workers;
  }

  /** Maximum number of micro-batches in flight. */
  public int mostInFlight() {
    return buffers.activations().size();
  }

  /** The activations of a micro-batch; only the actor that holds the micro-batch may call this. */
  public ActivationBuffers activations(MicroBatchRef microBatch) {
    return buffers.activations().get(microBatch.buffers());
  }

  /** Most experts on the device at once. */
  public int numSlots() {
    return slots.length;
  }

  /** A slot with its memory. The scheduler calls this first, and the call allocates the memory. */
  Slot slot(int index) {
    if (slots[index] == null) {
      slots[index] =
          new Slot(index, decoder.expertLayout(), place.replicas().size(), type, buffers.memory());
    }
    return slots[index];
  }

  NativeMemory memory() {
    return buffers.memory();
  }

  /** The place of this device among the devices. */
  public DevicePlace place() {
    return place;
  }

  /**
   * Keeps the part of a batch until {@link #forget}.
   *
   * @throws IllegalStateException if it has a part of this step
   * @throws IllegalArgumentException if the part does not fit the decoder
   */
  void take(BatchPart part) {
    PartCheck.requireFits(part, decoder.shape(), maxTokens());
    if (parts.putIfAbsent(part.step(), part) != null) {
      throw new IllegalStateException("the part of step=%d comes twice".formatted(part.step()));
    }
  }

  /**
   * The part of a batch that this device computes.
   *
   * @throws IllegalStateException if the step is not in the window
   */
  BatchPart part(long step) {
    BatchPart part = parts.get(step);
    if (part == null) {
      throw new IllegalStateException("no batch of step=%d in %s".formatted(step, parts.keySet()));
    }
    return part;
  }

  boolean hasPart(long step) {
    return parts.containsKey(step);
  }

  void forget(long step) {
    parts.remove(step);
  }

  /** Puts an admitted micro-batch into its activation buffers. */
  void begin(MicroBatchRef microBatch) {
    BatchPart part = part(microBatch.step());
    int index = microBatch.index();
    activations(microBatch).begin(part.microBatch(index), part.plans(index));
  }

  DeviceActivity activity() {
    return new DeviceActivity(
        ecss.counters(),
        workers.workers(),
        workers.busyNanos(),
        workers.takeMostWaiting(),
        memory().usedBytes());
  }

  /** Faults to inject on this device. */
  public FaultPlan faults() {
    return faults;
  }

  /** Counts the work of the scheduler. */
  public EcssStatistics ecss() {
    return ecss;
  }

  int maxTokens() {
    return buffers.maxTokens();
  }

  /** The devices that use an expert in a step, as bits. */
  long devicesOf(ResidencyKey key) {
    for (int layer = 0; layer < decoder.shape().routedBlocks(); layer++) {
      int first = decoder.ownerOf(decoder.stageOfLayer(layer), 0);
      int expert = key.owner() - first;
      if (expert >= 0 && expert < decoder.shape().expertsPerBlock()) {
        return part(key.step()).experts().devicesOf(layer, expert);
      }
    }
    throw new IllegalArgumentException("no expert: " + key);
  }

  /** Experts that only other devices use in a step, by owner. */
  List<Integer> usedElsewhere(long step) {
    if (place.devices() == 1) {
      return List.of();
    }
    List<Integer> elsewhere = new ArrayList<>();
    ActiveExperts active = part(step).experts();
    for (int layer = 0; layer < active.layers(); layer++) {
      int stage = decoder.stageOfLayer(layer);
      for (int i = 0; i < active.experts()[layer].length; i++) {
        if ((active.devices()[layer][i] >> place.index() & 1) == 0) {
          elsewhere.add(decoder.ownerOf(stage, active.experts()[layer][i]));
        }
      }
    }
    return elsewhere;
  }

  /** Bytes that a slot takes. */
  public static long slotBytes(Decoder decoder, int replicas, ElementType type) {
    return Slot.bytes(decoder.expertLayout(), replicas, type);
  }

  /**
   * When each expert of a step computes, by owner, as positions that increase over the run:
   * micro-batch by micro-batch, up through the layers and down again.
   */
  Map<Integer, long[]> uses(long step) {
    BatchPart batch = part(step);
    int count = batch.microBatches().size();
    int layers = batch.routes().layers();
    Map<Integer, LongStream.Builder> uses = new HashMap<>();
    for (int m = 0; m < count; m++) {
      for (int layer = 0; layer < layers; layer++) {
        RoutePlan plan = batch.routes().plans(m).get(layer);
        long up = (step * count + m) * 2L * layers + layer;
        long down = (step * count + m) * 2L * layers + 2L * layers - 1 - layer;
        int stage = decoder.stageOfLayer(layer);
        for (int i = 0; i < plan.numActive(); i++) {
          // An expert belongs to one layer, so its positions come in increasing order.
          LongStream.Builder own =
              uses.computeIfAbsent(
                  decoder.ownerOf(stage, plan.expert(i)), expert -> LongStream.builder());
          own.add(up);
          if (step > 0) {
            own.add(down);
          }
        }
      }
    }
    Map<Integer, long[]> positions = new HashMap<>();
    uses.forEach((expert, own) -> positions.put(expert, own.build().toArray()));
    return positions;
  }
}

package jingwei.actors.device;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.data.Batch;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.StepRules;

/**
 * The address space of one device: workers, activation buffers and slots by number. Its actors
 * share it and touch only what a message has handed them.
 */
public final class Device {
  private final Decoder decoder;
  private final ElementType type;
  private final StepRules rules;
  private final WorkerPool workers;
  private final DeviceBuffers buffers;
  private final Slot[] slots;
  private final BatchTable batches;
  private final FaultPlan faults;
  private final EcssStatistics ecss = new EcssStatistics();

  public Device(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      WorkerPool workers,
      DeviceBuffers buffers,
      BatchTable batches,
      FaultPlan faults) {
    this.decoder = decoder;
    this.type = type;
    this.rules = rules;
    this.workers = workers;
    this.buffers = buffers;
    this.slots = new Slot[buffers.slots()];
    this.batches = batches;
    this.faults = faults;
  }

  public Decoder decoder() {
    return decoder;
  }

  ElementType type() {
    return type;
  }

  public StepRules rules() {
    return rules;
  }

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

  public int numSlots() {
    return slots.length;
  }

  /** A slot with its memory. The scheduler calls this first, and the call allocates the memory. */
  Slot slot(int index) {
    if (slots[index] == null) {
      slots[index] =
          new Slot(index, decoder.expertLayout(), rules.replicas(), type, buffers.memory());
    }
    return slots[index];
  }

  NativeMemory memory() {
    return buffers.memory();
  }

  public BatchTable batches() {
    return batches;
  }

  public FaultPlan faults() {
    return faults;
  }

  public EcssStatistics ecss() {
    return ecss;
  }

  int maxTokens() {
    return buffers.maxTokens();
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
    Batch batch = batches.get(step);
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

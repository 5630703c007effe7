package jingwei.actors.device;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import jingwei.actors.step.BatchTable;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.data.Batch;
import jingwei.model.decoder.BackwardPass;
import jingwei.model.decoder.Block;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.ForwardPass;
import jingwei.model.decoder.Frame;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.StepRules;

/**
 * The address space of one device: workers, frames and slots by number. Its actors share it and
 * touch only what a message has handed them.
 */
public final class Device {
  private final Decoder decoder;
  private final ForwardPass forwardPass;
  private final BackwardPass backwardPass;
  private final ElementType type;
  private final StepRules rules;
  private final WorkerPool workers;
  private final List<Frame> frames;
  private final Slot[] slots;
  private final NativeMemory memory;
  private final BatchTable batches;
  private final FaultPlan faults;
  private final int maxTokens;
  private final EcssStatistics ecss = new EcssStatistics();

  /**
   * @param slots most experts that are here at once; memory for each is taken when it is first used
   * @param maxTokens most tokens of a micro-batch
   */
  public Device(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      WorkerPool workers,
      List<Frame> frames,
      int slots,
      NativeMemory memory,
      BatchTable batches,
      FaultPlan faults,
      int maxTokens) {
    this.decoder = decoder;
    this.forwardPass = new ForwardPass(decoder);
    this.backwardPass = new BackwardPass(decoder);
    this.type = type;
    this.rules = rules;
    this.workers = workers;
    this.frames = List.copyOf(frames);
    this.slots = new Slot[slots];
    this.memory = memory;
    this.batches = batches;
    this.faults = faults;
    this.maxTokens = maxTokens;
  }

  public Decoder decoder() {
    return decoder;
  }

  ForwardPass forwardPass() {
    return forwardPass;
  }

  BackwardPass backwardPass() {
    return backwardPass;
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

  public int numFrames() {
    return frames.size();
  }

  /** The activations of a micro-batch; only whoever was sent it may ask. */
  public Frame frame(MicroBatchRef microBatch) {
    return frames.get(microBatch.frame());
  }

  public int numSlots() {
    return slots.length;
  }

  /** A slot, with its memory; the scheduler asks first. */
  Slot slot(int index) {
    if (slots[index] == null) {
      slots[index] = new Slot(index, decoder.expertLayout(), rules.replicas(), type, memory);
    }
    return slots[index];
  }

  NativeMemory memory() {
    return memory;
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
    return maxTokens;
  }

  /** Bytes that a slot takes. */
  public static long slotBytes(Decoder decoder, int replicas, ElementType type) {
    return Slot.bytes(decoder.expertLayout(), replicas, type);
  }

  /**
   * When each expert of a step computes, in positions that rise over the run: micro-batch by
   * micro-batch, up through the layers and down again.
   */
  Map<Integer, long[]> uses(long step) {
    Batch batch = batches.get(step);
    int count = batch.microBatches().size();
    int layers = batch.routes().layers();
    Map<Integer, LongStream.Builder> uses = new HashMap<>();
    for (int m = 0; m < count; m++) {
      for (int i = 0; i < decoder.blocks().size(); i++) {
        if (decoder.blocks().get(i) instanceof Block.Routed block) {
          RoutePlan plan = batch.routes().plans(m).get(block.layer());
          long up = (step * count + m) * 2L * layers + block.layer();
          long down = (step * count + m) * 2L * layers + 2L * layers - 1 - block.layer();
          for (int e = 0; e < plan.numActive(); e++) {
            // An expert is of one layer, so its positions come in rising order.
            LongStream.Builder own =
                uses.computeIfAbsent(
                    decoder.expertIndex(i, plan.expert(e)), expert -> LongStream.builder());
            own.add(up);
            if (step > 0) {
              own.add(down);
            }
          }
        }
      }
    }
    Map<Integer, long[]> positions = new HashMap<>();
    uses.forEach((expert, own) -> positions.put(expert, own.build().toArray()));
    return positions;
  }
}

package jingwei.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jingwei.model.SeededRandom;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.StepRules;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;

/**
 * Training steps of one shape on the reference trainer, in the calling thread, on random tokens.
 */
final class StepCase implements AutoCloseable {
  private final NativeMemory memory = NativeMemory.unbounded("bench");
  private final DecoderShape shape;
  private final ReferenceTrainer trainer;
  private final int rows;
  private final ProfiledKernels profile;
  private double lastLoss;
  private long heapBytesPerStep;
  private long step;

  /**
   * @param profiled whether the time in each kernel is measured, which slows each call down a
   *     little
   */
  StepCase(DecoderShape shape, int rows, boolean profiled) {
    this.shape = shape;
    this.rows = rows;
    List<RouteTable> routes = ReferenceModel.drawRoutes(shape, RouteMode.PERMUTE, 1, null);
    ReferenceModel model =
        new ReferenceModel(new Decoder(shape), routes, ElementType.FLOAT32, memory);
    model.initialise(1);
    Kernels kernels = new VectorKernels(memory);
    profile = new ProfiledKernels(kernels);
    AdamSettings adam =
        new AdamSettings(
            0.9,
            0.95,
            1e-8,
            1e-20,
            0.1,
            1,
            AdamSettings.Clip.GLOBAL,
            AdamSettings.Inactive.LAZY,
            AdamSettings.Clock.STEP);
    LearningRate rate = new LearningRate(LearningRate.Shape.WSD, 3e-4, 0, 0, 1_000_000, 0.1);
    trainer =
        new ReferenceTrainer(
            model,
            profiled ? profile.kernels() : kernels,
            StepRules.of(adam),
            rate,
            new int[shape.vocabulary()],
            Math.max(1, shape.domains()),
            rows * shape.context(),
            memory);
  }

  /** Heap bytes that this thread allocated in the last {@link #run}, for each step. */
  long heapBytesPerStep() {
    return heapBytesPerStep;
  }

  /** Runs steps and returns tokens per second. */
  double run(int steps) {
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      batches.add(randomBatch(++step));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    for (Batch batch : batches) {
      lastLoss = trainer.step(batch).loss();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    heapBytesPerStep = (threads.getCurrentThreadAllocatedBytes() - allocated) / steps;
    return (double) steps * rows * shape.context() / seconds;
  }

  /**
   * Operations in products for each trained token: 6 a weight that is used, and attention over the
   * mean visible length.
   */
  double productFlopPerToken() {
    ParameterCount count = ParameterCount.of(shape);
    long positionTables = (long) shape.context() * shape.width() * (shape.queryLayer() ? 2 : 1);
    int attentions = shape.blocks() + (shape.queryLayer() ? 1 : 0);
    double attention = 7.0 / 2 * 2 * 2 * shape.width() * (shape.context() + 1) / 2 * attentions;
    return 6.0 * (count.active() - positionTables) + attention;
  }

  double lastLoss() {
    return lastLoss;
  }

  /** Seconds in each kernel since the last call. */
  Map<String, Double> takeKernelSeconds() {
    return profile.takeSeconds();
  }

  long memoryBytes() {
    return memory.usedBytes();
  }

  @Override
  public void close() {
    memory.close();
  }

  private Batch randomBatch(long number) {
    SeededRandom random = SeededRandom.of(3, number);
    int n = rows * shape.context();
    int[] tokens = new int[n];
    int[] targets = new int[n];
    int[] positions = new int[n];
    int[] domains = new int[n];
    int[] segments = new int[rows + 1];
    for (int i = 0; i < n; i++) {
      tokens[i] = random.nextInt(shape.vocabulary());
      targets[i] = random.nextInt(shape.vocabulary());
      positions[i] = i % shape.context();
      domains[i] = i / shape.context() % Math.max(1, shape.domains());
    }
    for (int row = 0; row <= rows; row++) {
      segments[row] = row * shape.context();
    }
    MicroBatch microBatch = new MicroBatch(tokens, targets, positions, domains, segments);
    return new Batch(number, List.of(microBatch), 1, List.of(), 0);
  }
}

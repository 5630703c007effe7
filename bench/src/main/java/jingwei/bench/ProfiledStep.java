package jingwei.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jingwei.bench.TrainerCase.Work;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.state.ModelState;

/** Steps on the reference trainer, in the calling thread, with the time in each kernel. */
final class ProfiledStep implements AutoCloseable {
  private final NativeMemory memory = NativeMemory.unbounded("bench");
  private final Work work;
  private final BatchStream stream;
  private final ReferenceTrainer trainer;
  private final ProfiledKernels kernels;
  private long heapBytesPerStep;

  ProfiledStep(Work work) {
    this.work = work;
    stream = work.stream();
    ModelState model =
        new ModelState(new Decoder(work.shape()), work.routes(), ElementType.FLOAT32, memory);
    model.initialise(1);
    kernels = new ProfiledKernels(work.kernels(memory));
    trainer =
        new ReferenceTrainer(
            model,
            kernels.kernels(),
            work.rules(),
            TrainerCase.RATE,
            new LossMeter(new int[work.shape().vocabulary()], work.domains()),
            work.rowsPerMicroBatch() * work.shape().context(),
            memory);
  }

  /** Runs steps and returns tokens per second. */
  double run(int steps) {
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      batches.add(stream.next());
    }
    kernels.takeSeconds();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    batches.forEach(trainer::step);
    double seconds = (System.nanoTime() - start) / 1e9;
    heapBytesPerStep = (threads.getCurrentThreadAllocatedBytes() - allocated) / steps;
    return (double) steps * work.rows() * work.shape().context() / seconds;
  }

  /** Heap bytes that the last {@link #run} allocated per step, including those of the timing. */
  long heapBytesPerStep() {
    return heapBytesPerStep;
  }

  /** Seconds in each kernel in the last {@link #run}. */
  Map<String, Double> kernelSeconds() {
    return kernels.takeSeconds();
  }

  @Override
  public void close() {
    memory.close();
  }
}

package jingwei.actors.worker;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import jingwei.actors.progress.Progress;
import jingwei.model.decoder.Workspace;

/**
 * The workers of a device: one workspace for each computing thread, and the time that workspaces
 * were in use. Thread-safe.
 */
public final class WorkerPool {
  /** Dispatcher of the actors that compute: one thread for each worker. */
  public static final String DISPATCHER = "jingwei.workers";

  private final BlockingQueue<Workspace> free;
  private final int workers;
  private final Progress progress;
  private final LongAdder busyNanos = new LongAdder();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger mostWaiting = new AtomicInteger();

  /**
   * @param progress of the node, which the kernels of the workspaces count in
   */
  public WorkerPool(List<Workspace> workspaces, Progress progress) {
    this.progress = progress;
    workers = workspaces.size();
    free = new ArrayBlockingQueue<>(workers, false, workspaces);
  }

  /** Computes on a workspace in the calling thread, which must be one of the workers' threads. */
  public void run(Consumer<Workspace> work) {
    Workspace workspace = free.poll();
    if (workspace == null) {
      throw new IllegalStateException("more threads compute than there are workers=" + workers);
    }
    long start = System.nanoTime();
    try {
      work.accept(workspace);
    } catch (Error e) {
      // An actor system ends silently at an Error; as an exception it is reported.
      throw new IllegalStateException(e.toString(), e);
    } finally {
      busyNanos.add(System.nanoTime() - start);
      free.add(workspace);
    }
  }

  /** A piece of work was sent to an actor that computes. */
  public void sent() {
    int now = waiting.incrementAndGet();
    mostWaiting.accumulateAndGet(now, Math::max);
  }

  /** The actor has taken it out of its mailbox. */
  public void taken() {
    waiting.decrementAndGet();
  }

  /** Most pieces of work that waited in mailboxes at once, since the last call. */
  public int takeMostWaiting() {
    return mostWaiting.getAndSet(waiting.get());
  }

  public Progress progress() {
    return progress;
  }

  public int workers() {
    return workers;
  }

  /** Time in use since the start, of all workers together. */
  public long busyNanos() {
    return busyNanos.sum();
  }
}

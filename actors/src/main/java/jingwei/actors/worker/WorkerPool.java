package jingwei.actors.worker;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.actors.progress.Progress;
import jingwei.model.decoder.Workspace;

/**
 * The workers of a node: one workspace for each computing thread, and the time that workspaces were
 * in use. Thread-safe.
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

  /**
   * Computes on a workspace in the calling thread, which must be one of the workers' threads. All
   * kernels have finished when it returns. Until then, no actor may be told that the work is done.
   */
  public void run(Consumer<Workspace> work) {
    Workspace workspace = take();
    long start = System.nanoTime();
    try {
      work.accept(workspace);
      workspace.finish();
    } catch (Error e) {
      throw reported(e);
    } finally {
      giveBack(workspace, start);
    }
  }

  /** The same with a result, such as a message to send. */
  public <T> T call(Function<Workspace, T> work) {
    Workspace workspace = take();
    long start = System.nanoTime();
    try {
      T result = work.apply(workspace);
      workspace.finish();
      return result;
    } catch (Error e) {
      throw reported(e);
    } finally {
      giveBack(workspace, start);
    }
  }

  private Workspace take() {
    Workspace workspace = free.poll();
    if (workspace == null) {
      throw new IllegalStateException("more threads compute than there are workers=" + workers);
    }
    return workspace;
  }

  private void giveBack(Workspace workspace, long startNanos) {
    busyNanos.add(System.nanoTime() - startNanos);
    free.add(workspace);
  }

  /** An actor system ends silently at an Error; as an exception it is reported. */
  private static IllegalStateException reported(Error e) {
    return new IllegalStateException(e.toString(), e);
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

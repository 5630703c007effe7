package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.ObjIntConsumer;
import jingwei.model.decoder.Workspace;

/**
 * The threads that compute, each with a workspace of its own. The calling thread is the first one.
 * A call returns when all of them are done.
 */
final class Workers implements AutoCloseable {
  private final List<Workspace> workspaces;
  private final ExecutorService others;

  Workers(List<Workspace> workspaces) {
    this.workspaces = List.copyOf(workspaces);
    others =
        Executors.newFixedThreadPool(
            Math.max(1, workspaces.size() - 1),
            Thread.ofPlatform().name("mixture-worker-", 1).daemon().factory());
  }

  List<Workspace> workspaces() {
    return workspaces;
  }

  int count() {
    return workspaces.size();
  }

  /** Runs the work once in each worker, with its number. */
  void each(ObjIntConsumer<Workspace> work) {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 1; i < workspaces.size(); i++) {
      int worker = i;
      running.add(others.submit(() -> run(work, worker)));
    }
    try {
      run(work, 0);
    } finally {
      running.forEach(Workers::await);
    }
  }

  private void run(ObjIntConsumer<Workspace> work, int worker) {
    Workspace workspace = workspaces.get(worker);
    work.accept(workspace, worker);
    workspace.finish();
  }

  /** Runs the work for each item, in ascending order; a free worker takes the next one. */
  void deal(int items, BiConsumer<Workspace, Integer> work) {
    AtomicInteger next = new AtomicInteger();
    each(
        (workspace, worker) -> {
          for (int item; (item = next.getAndIncrement()) < items; ) {
            work.accept(workspace, item);
          }
        });
  }

  private static void await(Future<?> running) {
    try {
      running.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    others.close();
  }
}

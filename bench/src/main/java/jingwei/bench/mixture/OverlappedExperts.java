package jingwei.bench.mixture;

import static jingwei.actors.link.LinkDirection.TO_DEVICE;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.model.data.Batch;
import jingwei.model.decoder.Workspace;
import jingwei.model.optim.UpdateStep;

/**
 * Gradients of a layer go down as soon as its backward is done, an expert is updated when its
 * gradient has arrived, and its weights go up at once. A layer waits for its weights only before
 * its experts compute, so weights also move while the next step computes. With clipping, updates
 * begin only after the last backward pass, since they wait for the norm.
 */
final class OverlappedExperts extends ExpertKeeper {
  /** Experts whose gradient has arrived. */
  private final Queue<Integer> ready = new ConcurrentLinkedQueue<>();

  /** Experts of the step that are not updated yet and will be. */
  private final AtomicInteger left = new AtomicInteger();

  /** Weights on their way up, by layer. */
  private final AtomicIntegerArray goingUp;

  private long step;
  private long waitedNanos;

  /** Null until the updates may begin. */
  private volatile UpdateStep decided;

  OverlappedExperts(Parts parts) {
    super(parts);
    goingUp = new AtomicIntegerArray(parts.decoder().shape().routedBlocks());
  }

  @Override
  void begin(Batch batch) {
    super.begin(batch);
    waitedNanos = 0;
    step = batch.step();
    if (rules.movement() == Movement.ACTIVATED) {
      for (int layer = 0; layer < batch.routes().layers(); layer++) {
        int from = numbers.of(layer, 0);
        batch
            .routes()
            .active(layer)
            .forEach(
                expert -> {
                  weights.take(from + expert);
                  sendUp(from + expert);
                });
      }
    }
  }

  @Override
  void decideEarly(UpdateStep update) {
    decided = update;
  }

  @Override
  public void beforeForward(int layer, ActiveExperts active) {
    super.beforeForward(layer, active);
    long start = System.nanoTime();
    link.await(() -> goingUp.get(layer) == 0);
    waitedNanos += System.nanoTime() - start;
  }

  @Override
  public void afterBackward(int layer, ActiveExperts active) {
    int from = numbers.of(layer, 0);
    int to = from + numbers.perLayer();
    clearGradients(from, to);
    for (int expert = from; expert < to; expert++) {
      if (isUpdated(expert) || movesGradient(expert)) {
        left.incrementAndGet();
        int own = expert;
        if (movesGradient(expert)) {
          sendGradient(expert, step, () -> ready.add(own));
        } else {
          ready.add(expert);
        }
      }
    }
  }

  @Override
  public void betweenStages(Workspace workspace) {
    UpdateStep update = decided;
    if (update != null) {
      for (Integer expert; (expert = ready.poll()) != null; ) {
        updateAndSend(workspace, expert, update);
      }
    }
  }

  @Override
  long waitedNanos() {
    return waitedNanos;
  }

  private void updateAndSend(Workspace workspace, int expert, UpdateStep update) {
    if (isUpdated(expert)) {
      update(workspace, expert, update);
      if (rules.movement() == Movement.ALL) {
        sendUp(expert);
      }
    }
    left.decrementAndGet();
  }

  private void sendUp(int expert) {
    int layer = numbers.layer(expert);
    goingUp.incrementAndGet(layer);
    sendWeights(expert, step, () -> goingUp.decrementAndGet(layer));
  }

  @Override
  void finish(UpdateStep update) {
    decided = update;
    while (left.get() > 0) {
      workers.each((workspace, worker) -> betweenStages(workspace));
      link.await(() -> left.get() == 0 || !ready.isEmpty());
    }
    decided = null;
    release();
  }

  /** Waits for the weights that are still on their way. */
  @Override
  public void close() {
    link.await(TO_DEVICE);
    super.close();
  }
}

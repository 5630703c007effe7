package jingwei.bench.mixture;

import static jingwei.actors.link.LinkDirection.TO_DEVICE;
import static jingwei.actors.link.LinkDirection.TO_HOST;

import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.model.data.Batch;
import jingwei.model.optim.UpdateStep;

/** The phases of a step follow one after another: weights, computing, gradients, updates. */
final class PhasedExperts extends ExpertKeeper {
  PhasedExperts(Parts parts) {
    super(parts);
  }

  @Override
  void begin(Batch batch) {
    super.begin(batch);
    if (rules.movement() == Movement.ACTIVATED) {
      for (int layer = 0; layer < batch.routes().layers(); layer++) {
        int from = numbers.of(layer, 0);
        batch
            .routes()
            .active(layer)
            .forEach(
                expert -> {
                  weights.take(from + expert);
                  sendWeights(from + expert, batch.step(), () -> {});
                });
      }
      link.await(TO_DEVICE);
    }
  }

  @Override
  void finish(UpdateStep step) {
    clearGradients(0, states.count());
    if (link != null) {
      for (int expert = 0; expert < states.count(); expert++) {
        if (movesGradient(expert)) {
          sendGradient(expert, step.step(), () -> {});
        }
      }
      link.await(TO_HOST);
    }
    workers.deal(
        states.count(),
        (workspace, expert) -> {
          if (isUpdated(expert)) {
            update(workspace, expert, step);
          }
        });
    if (rules.movement() == Movement.ALL) {
      for (int expert = 0; expert < states.count(); expert++) {
        sendWeights(expert, step.step(), () -> {});
      }
      link.await(TO_DEVICE);
    }
    release();
  }
}

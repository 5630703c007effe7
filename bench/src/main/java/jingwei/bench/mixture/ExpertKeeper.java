package jingwei.bench.mixture;

import java.util.Arrays;
import jingwei.actors.link.LinkDirection;
import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.bench.mixture.ExpertRules.Updated;
import jingwei.model.data.Batch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.UpdateStep;

/**
 * The experts of a trainer: their states, their buffers on the device, and what moves between them
 * in a step. Calls come in this order, from the thread of the trainer:
 *
 * <pre>
 *   begin; the hooks, while the step computes; squares; finish
 * </pre>
 */
abstract class ExpertKeeper implements StepHooks, AutoCloseable {
  final ExpertNumbers numbers;
  final ExpertStates states;
  final ExpertRules rules;
  final Workers workers;
  final DeviceExperts gradients;
  final ExpertUpdater updater;

  /** Null if nothing moves. */
  final ExpertLink link;

  /** Null if the states are on the device. */
  final DeviceExperts weights;

  private final boolean[] isActivated;

  /** Gradients on the device that are not zero. */
  private final boolean[] isDirty;

  /** What all keepers need. */
  record Parts(
      Decoder decoder,
      ExpertStates states,
      ExpertRules rules,
      Workers workers,
      ExpertUpdater updater,
      ExpertLink link,
      NativeMemory device) {
    private ExpertTensor allocate() {
      return ExpertTensor.allocate(decoder.expertLayout(), states.weights(0).flat().type(), device);
    }

    private DeviceExperts buffers(boolean isPool) {
      return isPool
          ? DeviceExperts.pool(states.count(), this::allocate)
          : DeviceExperts.all(states.count(), this::allocate);
    }
  }

  ExpertKeeper(Parts parts) {
    numbers = new ExpertNumbers(parts.decoder);
    states = parts.states;
    rules = parts.rules;
    workers = parts.workers;
    updater = parts.updater;
    link = parts.link;
    boolean isPool = rules.movement() != Movement.ALL;
    gradients = parts.buffers(isPool);
    weights = rules.movement() == Movement.NONE ? null : parts.buffers(isPool);
    isActivated = new boolean[states.count()];
    isDirty = new boolean[states.count()];
    if (rules.movement() == Movement.ALL) {
      workers.deal(
          states.count(),
          (workspace, expert) ->
              workspace
                  .kernels()
                  .copy(states.weights(expert).flat(), weights.tensor(expert).flat()));
    }
  }

  static ExpertKeeper of(Parts parts) {
    return parts.rules.isOverlapped() ? new OverlappedExperts(parts) : new PhasedExperts(parts);
  }

  /** Starts a step. */
  void begin(Batch batch) {
    Arrays.fill(isActivated, false);
  }

  /** Allows updates before all gradients are known. */
  void decideEarly(UpdateStep step) {}

  /** Time that the step has waited for weights while it computed. */
  long waitedNanos() {
    return 0;
  }

  /** Moves gradients, updates experts, and moves weights, as far as that has not happened yet. */
  abstract void finish(UpdateStep step);

  /** Weights of an expert on the device. */
  ParameterSet onDevice(int expert) {
    return weights == null ? states.weights(expert) : weights.weights(expert);
  }

  Gradients gradients(int expert) {
    return gradients.gradients(expert);
  }

  @Override
  public void beforeForward(int layer, ActiveExperts active) {
    for (int i = 0; i < active.count(); i++) {
      int expert = numbers.of(layer, active.expert(i));
      isActivated[expert] = true;
      gradients.take(expert);
    }
  }

  boolean isActivated(int expert) {
    return isActivated[expert];
  }

  /** Whether the step updates the expert. */
  boolean isUpdated(int expert) {
    return isActivated[expert] || rules.updated() == Updated.ALL;
  }

  /** Whether the gradient of an expert goes down in this step. */
  boolean movesGradient(int expert) {
    return switch (rules.movement()) {
      case NONE -> false;
      case ALL -> true;
      case ACTIVATED -> isActivated[expert];
    };
  }

  /** Squares of the gradient of an expert; 0 if it was not activated. */
  double squares(Kernels kernels, int expert) {
    return isActivated[expert] ? Adam.sumOfSquares(kernels, gradients.gradients(expert)) : 0;
  }

  /** Sets gradients to zero that another step has left and that go down in this one. */
  void clearGradients(int fromExpert, int toExpert) {
    if (rules.movement() == Movement.ALL) {
      workers.deal(
          toExpert - fromExpert,
          (workspace, i) -> {
            int expert = fromExpert + i;
            if (isDirty[expert] && !isActivated[expert]) {
              workspace.kernels().fill(gradients.tensor(expert).flat(), 0);
            }
            isDirty[expert] = isActivated[expert];
          });
    }
  }

  void sendGradient(int expert, long step, Runnable then) {
    link.move(
        LinkDirection.TO_HOST,
        states.state(expert).owner().name() + " gradient",
        step,
        gradients.tensor(expert).flat(),
        states.gradient(expert).flat(),
        then);
  }

  void sendWeights(int expert, long step, Runnable then) {
    link.move(
        LinkDirection.TO_DEVICE,
        states.state(expert).owner().name() + " weights",
        step,
        states.weights(expert).flat(),
        weights.tensor(expert).flat(),
        then);
  }

  void update(Workspace workspace, int expert, UpdateStep step) {
    updater.update(workspace.kernels(), states.state(expert), gradientOf(expert), step);
  }

  private Gradients gradientOf(int expert) {
    if (movesGradient(expert)) {
      return states.gradient(expert).rows();
    }
    return (isActivated[expert] ? gradients.tensor(expert) : states.noGradient()).rows();
  }

  /** Ends a step. */
  void release() {
    gradients.release();
    if (weights != null) {
      weights.release();
    }
  }

  /** What moved in a direction since the last call. */
  ExpertLink.Traffic takeTraffic(LinkDirection direction) {
    return link == null ? ExpertLink.Traffic.NONE : link.takeTraffic(direction);
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
    }
  }
}

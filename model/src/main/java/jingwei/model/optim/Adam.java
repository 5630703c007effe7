package jingwei.model.optim;

import jingwei.model.kernel.AdamStep;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterLayout;
import jingwei.model.state.OwnerState;

/** Updates one owner at a time, so that the update can run where the owner's moments are. */
public final class Adam {
  private final AdamSettings settings;

  public Adam(AdamSettings settings) {
    this.settings = settings;
  }

  /** Applies the gradient of a step. */
  public void update(Kernels kernels, OwnerState state, Gradients gradients, UpdateStep step) {
    boolean expert = state.owner().isExpert();
    long updates = state.updates() + 1;
    long clock =
        expert && settings.experts().clock() == AdamSettings.Clock.UPDATES
            ? updates
            : step.applied();
    long gap =
        expert && settings.experts().inactive() == AdamSettings.Inactive.CATCH_UP
            ? step.applied() - state.lastApplied()
            : 1;
    ParameterLayout layout = state.owner().layout();
    AdamSettings.Moments moments = settings.moments();
    AdamStep plain =
        new AdamStep(
            step.learningRate(),
            moment(moments.beta1(), gap, clock),
            moment(moments.beta2(), gap, clock),
            expert ? moments.expertEpsilon() : moments.epsilon(),
            0,
            step.clipScale());
    AdamStep decaying = plain.withWeightDecay(settings.weightDecay());
    for (int i = 0; i < layout.parameters().size(); i++) {
      kernels.adam(
          state.weights().get(i),
          gradients.values().get(i),
          state.firstMoment().get(i),
          state.secondMoment().get(i),
          layout.parameters().get(i).decays() ? decaying : plain);
    }
    state.setClock(updates, step.step(), step.applied());
  }

  /** Sum of the squares of an owner's gradient. */
  public static double sumOfSquares(Kernels kernels, Gradients gradients) {
    double sum = 0;
    ParameterLayout layout = gradients.values().layout();
    for (int i = 0; i < layout.parameters().size(); i++) {
      sum += kernels.sumOfSquares(gradients.values().get(i));
    }
    return sum;
  }

  /** Joint norm of all owners, from the sums of their squares in the order of the owners. */
  public static double jointNorm(Iterable<Double> squares) {
    double sum = 0;
    for (double square : squares) {
      sum += square;
    }
    return Math.sqrt(sum);
  }

  /**
   * The factor for an owner's gradient that limits the norm used for clipping to the clip norm.
   *
   * @param ownSquares sum of the squares of the owner's gradient
   * @param norm of all owners together, in this step
   * @param previousNorm the norm of all owners in the previous step; 0 in the first step of a run
   */
  public double clipScale(double ownSquares, double norm, double previousNorm) {
    double measured =
        switch (settings.clip()) {
          case GLOBAL -> norm;
          case PER_OWNER -> Math.sqrt(ownSquares);
          case PREVIOUS_NORM -> previousNorm;
        };
    double limit = settings.clipping().norm();
    return limit > 0 && measured > limit ? limit / measured : 1;
  }

  private static AdamStep.Moment moment(double beta, long gap, long clock) {
    return new AdamStep.Moment(
        beta, StrictMath.pow(beta, (double) gap), 1 - StrictMath.pow(beta, (double) clock));
  }
}

package jingwei.bench.mixture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.TestSettings;
import jingwei.model.layer.Parameter;
import jingwei.model.memory.Matrix;
import jingwei.model.optim.AdamSettings;
import jingwei.model.state.OwnerState;

/** Weights and moments of an expert, and Adam without a gradient written out once more. */
record NaiveAdam(List<Value> values) {
  private record Value(double weight, double first, double second, boolean decays) {}

  static NaiveAdam of(OwnerState state) {
    List<Value> values = new ArrayList<>();
    List<Parameter> parameters = state.owner().layout().parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Matrix weights = state.weights().get(i);
      for (int j = 0; j < weights.columns(); j++) {
        values.add(
            new Value(
                weights.get(0, j),
                state.firstMoment().get(i).get(0, j),
                state.secondMoment().get(i).get(0, j),
                parameters.get(i).decays()));
      }
    }
    return new NaiveAdam(values);
  }

  boolean hasMomentum() {
    return values.stream().anyMatch(value -> value.first != 0);
  }

  /**
   * Checks the state after a step in which the gradient was zero.
   *
   * @param step counted from 1
   */
  void expectAfterStepWithoutGradient(int step, OwnerState state) {
    AdamSettings adam = TinyMixture.UNCLIPPED;
    double beta1 = adam.moments().beta1();
    double beta2 = adam.moments().beta2();
    double rate = TestSettings.rate().at(step);
    List<Value> after = of(state).values;
    for (int i = 0; i < values.size(); i++) {
      Value before = values.get(i);
      double first = beta1 * before.first;
      double second = beta2 * before.second;
      double change =
          first
              / (1 - Math.pow(beta1, step))
              / (Math.sqrt(second / (1 - Math.pow(beta2, step))) + adam.moments().expertEpsilon());
      double decay = before.decays ? adam.weightDecay() * before.weight : 0;
      assertEquals(first, after.get(i).first, 1e-6 * Math.abs(first));
      assertEquals(second, after.get(i).second, 1e-6 * second);
      assertEquals(before.weight - rate * (change + decay), after.get(i).weight, 1e-7);
    }
  }
}

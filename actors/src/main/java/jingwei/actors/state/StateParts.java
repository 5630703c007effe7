package jingwei.actors.state;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.WeightHistory;

/** The parts of an owner's state, in the order in which they travel. */
final class StateParts {
  private static final List<String> NAMES = List.of("weights", "first moment", "second moment");

  private StateParts() {}

  /** Weights, first moment, second moment, older weights. */
  static List<Matrix> of(WeightHistory history) {
    List<Matrix> parts = new ArrayList<>();
    parts.add(history.state().weights().flat());
    parts.add(history.state().firstMoment().flat());
    parts.add(history.state().secondMoment().flat());
    history.older().forEach(version -> parts.add(version.weights().flat()));
    return parts;
  }

  /** Number of parts of a state with these counts. */
  static int number(OwnerClock clock) {
    return NAMES.size() + clock.older().size();
  }

  /** The name of a part, for messages. */
  static String name(int part) {
    return part < NAMES.size() ? NAMES.get(part) : "older weights";
  }
}

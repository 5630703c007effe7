package jingwei.bench.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.TrainerCase;
import jingwei.bench.cluster.Row.Figures;
import jingwei.bench.cluster.Row.Layout;
import jingwei.model.step.SumOrder;

/**
 * What determinism costs: the same step with its gradients added up in a fixed order and in the
 * order of arrival, on one device of two lanes, in turns.
 *
 * <p>In the order of arrival, micro-batches overtake each other while they wait for experts, and
 * all add to one sum. In the fixed order each waits for those before it. With replicas, each of
 * them also has a sum of its own, and the sums are added up in their order at the end.
 */
final class OrderSpeed implements AutoCloseable {
  static final String FIXED = "fixed";
  static final String FIXED_REPLICAS = "fixed-4";
  static final String ARRIVAL = "arrival";

  private static final int REPLICAS = 4;
  private static final int LANES = 2;
  private static final int FIRST_STEPS = 6;
  private static final int TURNS = 4;

  private final Map<String, TrainerCase> cases = new LinkedHashMap<>();
  private final int stepsOfTurn;

  /**
   * Starts all of them, and trains until Java has compiled.
   *
   * @param steps of each in a round
   */
  OrderSpeed(int steps) {
    stepsOfTurn = Math.max(1, steps / TURNS);
    try {
      start(FIXED, 1, SumOrder.FIXED);
      start(FIXED_REPLICAS, REPLICAS, SumOrder.FIXED);
      start(ARRIVAL, 1, SumOrder.ARRIVAL);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private void start(String name, int replicas, SumOrder order) {
    TrainerCase trainer =
        new TrainerCase(SmallWork.of(replicas, order), LANES, 1, Local.AERON, Long.MAX_VALUE);
    cases.put(name, trainer);
    trainer.run(FIRST_STEPS);
  }

  /** Measures a round: short turns, so that a slow minute of the machine meets all of them. */
  List<Row> measure(int round) {
    Map<String, List<Double>> speeds = new LinkedHashMap<>();
    List<String> names = new ArrayList<>(cases.keySet());
    for (int turn = 0; turn < TURNS; turn++) {
      for (String name : names) {
        speeds
            .computeIfAbsent(name, each -> new ArrayList<>())
            .add(cases.get(name).run(stepsOfTurn));
      }
      Collections.rotate(names, 1); // each is the first one at some time
    }
    List<Row> rows = new ArrayList<>();
    speeds.forEach(
        (name, turns) ->
            rows.add(
                new Row(
                    name,
                    round,
                    new Layout(1, 0, "ipc"),
                    new Figures(Medians.of(turns), 0, 0, tensorBytes(cases.get(name))))));
    return rows;
  }

  /** Mean of all steps. */
  private static double tensorBytes(TrainerCase trainer) {
    var bytes = trainer.activity().ecss().bytes();
    return (bytes.toDevice() + bytes.toHost()) / (double) trainer.step();
  }

  /** Largest difference between the last losses, relative to them: only the rounding differs. */
  double lossDifference() {
    double fixed = cases.get(FIXED).lastLoss();
    return cases.values().stream()
        .mapToDouble(trainer -> Math.abs(trainer.lastLoss() - fixed) / fixed)
        .max()
        .orElseThrow();
  }

  @Override
  public void close() {
    cases.values().forEach(TrainerCase::close);
  }
}

package jingwei.bench.study;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.loss.DomainLoss;

/** A trainer whose model is evaluated from time to time. */
interface Learner extends AutoCloseable {
  /** Trains until this step is done. */
  void train(long untilStep);

  /** Losses by domain. */
  List<DomainLoss> evaluate(List<MicroBatch> microBatches);

  @Override
  void close();

  /** Trains, and evaluates every so many steps and after the last one. */
  static List<Curve.Point> points(Learner learner, Lesson lesson, long steps, long every) {
    List<Curve.Point> points = new ArrayList<>();
    double seconds = 0;
    for (long done = 0; done < steps; done = Math.min(steps, done + every)) {
      long step = Math.min(steps, done + every);
      long start = System.nanoTime();
      learner.train(step);
      seconds += (System.nanoTime() - start) / 1e9;
      double bits =
          learner.evaluate(lesson.text().heldOut()).stream()
              .mapToDouble(DomainLoss::bitsPerByte)
              .average()
              .orElseThrow();
      points.add(new Curve.Point(step, step * lesson.tokensPerStep(), seconds, bits));
    }
    return points;
  }
}

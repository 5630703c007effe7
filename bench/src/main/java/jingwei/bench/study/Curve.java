package jingwei.bench.study;

import java.util.List;

/**
 * What one model learned.
 *
 * @param subject what was trained
 * @param points in the order of steps
 */
record Curve(Subject subject, List<Point> points) {
  /**
   * An evaluation.
   *
   * @param step after which it was
   * @param tokens that the model was trained on
   * @param seconds of training, without evaluations
   * @param bitsPerByte on held-out text, the mean of the domains
   */
  record Point(long step, long tokens, double seconds, double bitsPerByte) {}

  Curve {
    points = List.copyOf(points);
  }

  Point last() {
    return points.getLast();
  }

  /**
   * Bits per byte after so many seconds of training, on a straight line between two evaluations.
   *
   * @return NaN before the first evaluation and after the last one
   */
  double afterSeconds(double seconds) {
    for (int i = 0; i < points.size(); i++) {
      Point right = points.get(i);
      if (right.seconds == seconds) {
        return right.bitsPerByte;
      }
      if (right.seconds > seconds) {
        if (i == 0) {
          break;
        }
        Point left = points.get(i - 1);
        double share = (seconds - left.seconds) / (right.seconds - left.seconds);
        return left.bitsPerByte + share * (right.bitsPerByte - left.bitsPerByte);
      }
    }
    return Double.NaN;
  }
}

package jingwei.model.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import jingwei.model.UserException;
import jingwei.model.optim.LearningRate.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {
  @ParameterizedTest
  @CsvSource({
    "COSINE, 1, 0.1",
    "COSINE, 10, 1.0",
    "COSINE, 55, 0.55",
    "COSINE, 100, 0.1",
    "COSINE, 5000, 0.1",
    "WSD, 5, 0.5",
    "WSD, 10, 1.0",
    "WSD, 80, 1.0",
    "WSD, 90, 0.55",
    "WSD, 100, 0.1",
    "WSD, 5000, 0.1"
  })
  void followsItsShape(Shape shape, long step, double expected) {
    assertEquals(expected, new LearningRate(shape, 1.0, 0.1, 10, 100, 0.2).at(step), 1e-12);
  }

  /** A short run with a long warm-up still comes to its peak and to its end. */
  @ParameterizedTest
  @CsvSource({"COSINE, 5, 1.0", "COSINE, 10, 0.1", "WSD, 5, 1.0", "WSD, 6, 0.82", "WSD, 10, 0.1"})
  void fitsWarmUpAndDecayIntoAShortRun(Shape shape, long step, double expected) {
    assertEquals(expected, new LearningRate(shape, 1.0, 0.1, 20, 10, 0.9).at(step), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1, 10, 0.1",
    "1, 2, 1, 10, 0.1",
    "1, 0, -1, 10, 0.1",
    "1, 0, 1, 0, 0.1",
    "1, 0, 1, 10, 0"
  })
  void refusesInvalidSchedules(double peak, double end, long warmup, long steps, double decay) {
    assertThrows(
        UserException.class, () -> new LearningRate(Shape.COSINE, peak, end, warmup, steps, decay));
  }
}
